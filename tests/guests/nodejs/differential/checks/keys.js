'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
require('tls'); // loaded by way of a certificate, Node's own lacks functions
const read = (name) => fs.readFileSync(path.join(__dirname, '..', 'keys', name), 'utf8');
const data = Buffer.from('some data');
const rsa = () => crypto.createPrivateKey(read('rsa.key'));
const ec = () => crypto.createPrivateKey(read('ec_plain.key'));
const pss = { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 0 };
const encodings = (key, types) => types.flatMap((type) => ['pem', 'der'].map((format) => key.export({ type, format }).toString('latin1')))
  .map((text) => crypto.createHash('sha256').update(text, 'latin1').digest('hex'));
module.exports = {
  rsa_key: () => { const k = rsa(); return [k.type, k.asymmetricKeyType, k.asymmetricKeyDetails]; },
  ec_key: () => { const k = ec(); return [k.type, k.asymmetricKeyType, k.asymmetricKeyDetails]; },
  rsa_public: () => crypto.createPublicKey(rsa()).export({ type: 'spki', format: 'pem' }),
  ec_public: () => crypto.createPublicKey(read('ec_plain.key')).export({ type: 'spki', format: 'pem' }),
  rsa_exports: () => encodings(rsa(), ['pkcs1', 'pkcs8']),
  ec_exports: () => encodings(ec(), ['sec1', 'pkcs8']),
  public_exports: () => encodings(crypto.createPublicKey(rsa()), ['pkcs1', 'spki']),
  jwk: () => [rsa(), ec(), crypto.createPublicKey(rsa()), crypto.createPublicKey(ec())].map((key) => key.export({ format: 'jwk' })),
  from_jwk: () => [rsa(), ec()].map((key) => crypto.createPrivateKey({ key: key.export({ format: 'jwk' }), format: 'jwk' }).equals(key)),
  public_from_jwk: () => [rsa(), ec()].map((key) => {
    const half = crypto.createPublicKey(key);
    return crypto.createPublicKey({ key: half.export({ format: 'jwk' }), format: 'jwk' }).equals(half);
  }),
  from_der: () => ['pkcs1', 'pkcs8'].map((type) => crypto.createPrivateKey({ key: rsa().export({ type, format: 'der' }), format: 'der', type }).equals(rsa())),
  public_from_der: () => ['pkcs1', 'spki'].map((type) => {
    const half = crypto.createPublicKey(rsa());
    return crypto.createPublicKey({ key: half.export({ type, format: 'der' }), format: 'der', type }).equals(half);
  }),
  with_parameters: () => crypto.createPrivateKey(read('ec.key')).equals(ec()),
  encrypted: () => crypto.createPrivateKey({ key: read('rsa_encrypted.key'), passphrase: 'secret' }).equals(rsa()),
  encrypted_old: () => crypto.createPrivateKey({ key: read('rsa_encrypted_old.key'), passphrase: 'secret' }).equals(rsa()),
  encrypted_none: () => crypto.createPrivateKey(read('rsa_encrypted.key')),
  encrypts: () => {
    const text = rsa().export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
    return [text.split('\n')[0], crypto.createPrivateKey({ key: text, passphrase: 'x' }).equals(rsa())];
  },
  no_key: () => crypto.createPrivateKey('nothing'),
  public_as_private: () => crypto.createPrivateKey(crypto.createPublicKey(rsa()).export({ type: 'spki', format: 'pem' })),
  sign_rsa: () => ['sha1', 'sha256', 'RSA-SHA512'].map((name) => crypto.createSign(name).update('some ').update('data').sign(rsa(), 'hex').slice(0, 40)),
  sign_pem: () => crypto.createSign('sha256').update(data).sign(read('rsa.key'), 'base64').slice(0, 40),
  sign_pss: () => crypto.sign('sha256', data, { key: rsa(), ...pss }).toString('hex').slice(0, 40),
  verify_rsa: () => { const s = crypto.sign('sha256', data, rsa()); return [crypto.verify('sha256', data, rsa(), s), crypto.verify('sha256', data, crypto.createPublicKey(rsa()), s), crypto.verify('sha384', data, rsa(), s), crypto.verify('sha256', Buffer.from('other'), rsa(), s)]; },
  verify_pss: () => [undefined, -1, -2, 20].map((saltLength) => {
    const how = { padding: pss.padding, saltLength }, s = crypto.sign('sha256', data, { key: rsa(), ...how });
    return [s.length, crypto.verify('sha256', data, { key: rsa(), padding: pss.padding }, s), crypto.verify('sha256', data, { key: rsa(), ...how }, s),
            crypto.verify('sha256', data, rsa(), s)];
  }),
  pss_wrong_salt: () => crypto.verify('sha256', data, { key: rsa(), padding: pss.padding, saltLength: 7 }, crypto.sign('sha256', data, { key: rsa(), ...pss })),
  verify_ec: () => { const s = crypto.sign('sha256', data, ec()); return [crypto.verify('sha256', data, ec(), s), crypto.verify('sha256', Buffer.from('x'), ec(), s), crypto.verify('sha256', data, ec(), Buffer.from('x'))]; },
  verify_ec_old: () => crypto.verify('sha256', data, read('ec_plain.key'), Buffer.from('MEUCIQC7CQrBoVVUDIdwSjMr6ahAsbTmEGGiJJ2l7lX3Yyr9+gIgHxG+', 'base64')),
  p1363: () => { const how = { key: ec(), dsaEncoding: 'ieee-p1363' }, s = crypto.sign('sha256', data, how); return [s.length, crypto.verify('sha256', data, how, s), crypto.verify('sha256', data, ec(), s)]; },
  sign_callback: () => new Promise((resolve) => crypto.sign('sha256', data, ec(), (e, s) => resolve([e, s.length > 60]))),
  sign_unknown: () => crypto.createSign('nope'),
  sign_public: () => crypto.createSign('sha256').update(data).sign(crypto.createPublicKey(rsa())),
  oaep: () => { const c = crypto.publicEncrypt(rsa(), data); return [c.length, crypto.privateDecrypt(rsa(), c).toString()]; },
  oaep_sha256: () => { const how = { key: rsa(), oaepHash: 'sha256', oaepLabel: Buffer.from('l') }; return crypto.privateDecrypt(how, crypto.publicEncrypt(how, data)).toString(); },
  oaep_wrong: () => crypto.privateDecrypt(rsa(), Buffer.alloc(256)),
  oaep_long: () => crypto.publicEncrypt(rsa(), Buffer.alloc(250)),
  private_encrypt: () => { const c = crypto.privateEncrypt(rsa(), data); return [c.toString('hex').slice(0, 40), crypto.publicDecrypt(rsa(), c).toString()]; },
  pkcs1_decrypt: () => { const key = { key: rsa(), padding: crypto.constants.RSA_PKCS1_PADDING }; return crypto.privateDecrypt(key, crypto.publicEncrypt(key, data)).toString(); },
  pairs_ec: () => ['P-256', 'secp384r1', 'P-521', 'secp256k1'].map((namedCurve) => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve });
    return [publicKey.asymmetricKeyDetails, crypto.verify('sha384', data, publicKey, crypto.sign('sha384', data, privateKey)), crypto.createPublicKey(privateKey).equals(publicKey)];
  }),
  pair_rsa: () => new Promise((resolve) => crypto.generateKeyPair('rsa', { modulusLength: 1024, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } },
    (e, one, two) => resolve([e, one.split('\n')[0], two.split('\n')[0], crypto.verify('sha256', data, one, crypto.sign('sha256', data, two))]))),
  pair_curve: () => crypto.generateKeyPairSync('ec', { namedCurve: 'nope' }),
  pair_ed25519: () => crypto.generateKeyPairSync('ed25519').publicKey.asymmetricKeyType,
  ecdh: () => {
    const [a, b] = [crypto.createECDH('prime256v1'), crypto.createECDH('prime256v1')];
    b.generateKeys();
    return [a.generateKeys().length, a.generateKeys('hex', 'compressed').length, a.computeSecret(b.getPublicKey()).equals(b.computeSecret(a.getPublicKey()))];
  },
  ecdh_fixed: () => { const a = crypto.createECDH('secp384r1'); a.setPrivateKey(Buffer.alloc(48, 5)); return [a.getPublicKey('hex'), a.getPublicKey('hex', 'compressed'), a.getPublicKey('hex', 'hybrid'), a.getPrivateKey('hex')]; },
  ecdh_bad: () => { const a = crypto.createECDH('prime256v1'); a.generateKeys(); a.computeSecret(Buffer.alloc(65)); },
  ecdh_curve: () => crypto.createECDH('nope'),
  diffie_hellman: () => { const b = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }); return crypto.diffieHellman({ privateKey: ec(), publicKey: b.publicKey }).equals(crypto.diffieHellman({ privateKey: b.privateKey, publicKey: crypto.createPublicKey(ec()) })); },
  subtle_ecdsa: async () => {
    const { subtle } = crypto.webcrypto, how = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const { publicKey, privateKey } = await subtle.generateKey(how, true, ['sign', 'verify']);
    const s = await subtle.sign(how, privateKey, data);
    return [s.byteLength, await subtle.verify(how, publicKey, s, data), (await subtle.exportKey('jwk', publicKey)).crv];
  },
  subtle_rsa: async () => {
    const { subtle } = crypto.webcrypto, how = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    const key = await subtle.importKey('pkcs8', rsa().export({ type: 'pkcs8', format: 'der' }), how, false, ['sign']);
    return Buffer.from(await subtle.sign(how, key, data)).toString('hex').slice(0, 40);
  },
  certificate: () => new crypto.X509Certificate(read('ec.pem')),
  certificate_legacy: () => new crypto.X509Certificate(read('ec.pem')).toLegacyObject(),
  certificate_parts: () => { const c = new crypto.X509Certificate(read('ec.pem')); return [c.ca, c.raw.length, c.publicKey.asymmetricKeyType, c.toString() === new crypto.X509Certificate(c.raw).toString(), c.checkPrivateKey(ec()), c.checkPrivateKey(rsa())]; },
  certificate_host: () => { const c = new crypto.X509Certificate(read('ec.pem')); return [['localhost', 'a.example.test', 'example.test', 'other.test'].map((h) => c.checkHost(h)), c.checkIP('127.0.0.1'), c.checkIP('::1'), c.checkIP('127.0.0.2'), c.checkEmail('a@example.test'), c.checkEmail('b@example.test')]; },
  certificate_chain: () => {
    const c = new crypto.X509Certificate(read('ec.pem')), ca = new crypto.X509Certificate(read('ca.pem'));
    return [c.checkIssued(ca), ca.checkIssued(c), c.verify(ca.publicKey), ca.verify(ca.publicKey), c.verify(c.publicKey), ca.ca];
  },
  certificate_bad: () => new crypto.X509Certificate('nothing'),
  roots: () => { const tls = require('tls'); return [tls.rootCertificates.length > 100, new crypto.X509Certificate(tls.rootCertificates[0]).ca]; },
  context_bad_key: () => require('tls').createSecureContext({ key: 'x' }),
  context_bad_cert: () => require('tls').createSecureContext({ cert: 'x' }),
  context_mismatch: () => require('tls').createSecureContext({ cert: read('rsa.pem'), key: read('ca.key') }),
  context_ciphers: () => require('tls').createSecureContext({ ciphers: 'NONE' }),
};
