'use strict';
const crypto = require('crypto');
const H = (a, d = 'abc', e = 'hex') => crypto.createHash(a).update(d).digest(e);
module.exports = {
  md5: () => H('md5'), sha1: () => H('sha1'), sha224: () => H('sha224'), sha256: () => H('sha256'), sha384: () => H('sha384'),
  sha512: () => H('sha512'), ripemd160: () => H('ripemd160'), upper: () => H('SHA256'), rsa_name: () => H('RSA-SHA256'), dashed: () => H('sha-256'),
  sha512_256: () => H('sha512-256'), sha3: () => H('sha3-256'), blake: () => H('blake2b512'), shake: () => crypto.createHash('shake128', { outputLength: 8 }).update('a').digest('hex'),
  unknown: () => H('nope'),
  encodings: () => ['hex', 'base64', 'base64url', 'latin1', 'buffer'].map((e) => H('md5', 'x', e)),
  pieces: () => crypto.createHash('sha1').update('a').update(Buffer.from('b')).update('63', 'hex').digest('hex'),
  copy: () => { const h = crypto.createHash('md5').update('a'); const c = h.copy(); return [c.update('b').digest('hex'), h.digest('hex')]; },
  twice: () => { const h = crypto.createHash('md5'); h.digest(); h.digest(); },
  update_type: () => crypto.createHash('md5').update(5),
  stream: () => new Promise((resolve) => { const h = crypto.createHash('md5'); h.on('readable', () => { const d = h.read(); if (d) resolve(d.toString('hex')); }); h.end('abc'); }),
  one_shot: () => crypto.hash('sha1', 'abc'),
  hmac: () => ['md5', 'sha1', 'sha256', 'sha512'].map((a) => crypto.createHmac(a, 'key').update('data').digest('hex')),
  hmac_long_key: () => crypto.createHmac('sha256', 'k'.repeat(200)).update('data').digest('base64'),
  hmac_unknown: () => crypto.createHmac('nope', 'k'),
  hmac_key_object: () => crypto.createHmac('sha256', crypto.createSecretKey('key')).update('data').digest('hex'),
  secret_key: () => { const k = crypto.createSecretKey(Buffer.from('abc')); return [k.type, k.symmetricKeySize, k.export(), k.export({ format: 'jwk' }), k.equals(crypto.createSecretKey('abc', 'utf8'))]; },
  random_size: () => [crypto.randomBytes(16).length, crypto.randomUUID().length, crypto.randomInt(5) < 5],
  random_callback: () => new Promise((resolve) => crypto.randomBytes(8, (e, b) => resolve([e, b.length]))),
  random_fill: () => crypto.randomFillSync(Buffer.alloc(4)).length,
  random_differs: () => crypto.randomBytes(16).equals(crypto.randomBytes(16)),
  random_bad: () => crypto.randomBytes(-1),
  random_values: () => crypto.getRandomValues(new Uint32Array(3)).length,
  uuid_form: () => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()),
  equal: () => [crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a')), crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('b'))],
  equal_length: () => crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab')),
  pbkdf2: () => crypto.pbkdf2Sync('password', 'salt', 1000, 32, 'sha256').toString('hex'),
  pbkdf2_async: () => new Promise((resolve) => crypto.pbkdf2('p', 's', 10, 16, 'sha512', (e, k) => resolve([e, k]))),
  pbkdf2_unknown: () => crypto.pbkdf2Sync('p', 's', 1, 8, 'nope'),
  hkdf: () => Buffer.from(crypto.hkdfSync('sha512', 'key', 'salt', 'info', 64)).toString('hex'),
  scrypt: () => crypto.scryptSync('password', 'salt', 32).toString('hex'),
  aes_cbc: () => { const c = crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)); return c.update('hello', 'utf8', 'hex') + c.final('hex'); },
  aes_gcm: () => { const c = crypto.createCipheriv('aes-256-gcm', Buffer.alloc(32), Buffer.alloc(12)); return [c.update('hello', 'utf8', 'hex') + c.final('hex'), c.getAuthTag().toString('hex')]; },
  aes_modes: () => ['aes-192-cbc', 'aes-256-ctr', 'aes-128-ecb'].map((name) => {
    const { keyLength, ivLength } = crypto.getCipherInfo(name);
    const [key, iv] = [Buffer.alloc(keyLength, 1), ivLength ? Buffer.alloc(ivLength, 2) : null];
    const c = crypto.createCipheriv(name, key, iv);
    const text = Buffer.concat(['some', ' text that is longer than ', 'one block'].map((t) => c.update(t)).concat(c.final()));
    const d = crypto.createDecipheriv(name, key, iv);
    return [text.toString('hex'), d.update(text, null, 'utf8') + d.final('utf8')];
  }),
  aes_gcm_pieces: () => {
    const [key, iv] = [Buffer.alloc(16, 3), Buffer.alloc(12, 4)];
    const c = crypto.createCipheriv('aes-128-gcm', key, iv).setAAD(Buffer.from('head'));
    const text = Buffer.concat(['abc', 'x'.repeat(50), 'end'].map((t) => c.update(t)).concat(c.final()));
    const d = crypto.createDecipheriv('aes-128-gcm', key, iv).setAAD(Buffer.from('head')).setAuthTag(c.getAuthTag());
    return [text.toString('hex'), c.getAuthTag().toString('hex'), d.update(text, null, 'utf8') + d.final('utf8')];
  },
  aes_gcm_forged: () => { const d = crypto.createDecipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)); d.setAuthTag(Buffer.alloc(16)); d.update('aa', 'hex'); d.final(); },
  aes_wrong_key: () => { const d = crypto.createDecipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)); d.update(Buffer.alloc(16)); d.final(); },
  aes_no_padding: () => { const c = crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)).setAutoPadding(false); return c.update(Buffer.alloc(16), null, 'hex') + c.final('hex'); },
  aes_bad_key: () => crypto.createCipheriv('aes-128-cbc', Buffer.alloc(5), Buffer.alloc(16)),
  aes_bad_iv: () => crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(5)),
  aes_unknown: () => crypto.createCipheriv('nope', Buffer.alloc(16), Buffer.alloc(16)),
  aes_info: () => crypto.getCipherInfo('aes-256-gcm'),
  scrypt_options: () => crypto.scryptSync('pw', 'NaCl', 20, { N: 256, r: 4, p: 3 }).toString('hex'),
  scrypt_memory: () => crypto.scryptSync('pw', 'NaCl', 20, { N: 2 ** 20 }),
  key_pair: () => crypto.generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey.type,
  subtle_digest: async () => Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from('abc'))).toString('hex'),
  subtle_hmac: async () => { const k = await crypto.subtle.importKey('raw', Buffer.from('key'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']); return Buffer.from(await crypto.subtle.sign('HMAC', k, Buffer.from('data'))).toString('hex'); },
  fips: () => crypto.getFips(),
  hashes_have: () => ['md5', 'sha1', 'sha256', 'sha512'].every((n) => crypto.getHashes().includes(n)),
};
