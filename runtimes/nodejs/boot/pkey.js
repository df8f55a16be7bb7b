'use strict';
// Public and private keys: what KeyObjectHandle is for them, signatures, RSA encryption, key pairs, ECDH.

const { der } = node;
const { pkey } = sys;
const { TAG } = der;
const OID = { rsa: '1.2.840.113549.1.1.1', pss: '1.2.840.113549.1.1.10', ec: '1.2.840.10045.2.1', pbes2: '1.2.840.113549.1.5.13',
              pbkdf2: '1.2.840.113549.1.5.12' };
const CURVES = [ // OpenSSL's, Mbed TLS's, and NIST's or JWK's name
  { oid: '1.2.840.10045.3.1.7', name: 'prime256v1', native: 'secp256r1', nist: 'P-256', bits: 256 },
  { oid: '1.3.132.0.34', name: 'secp384r1', native: 'secp384r1', nist: 'P-384', bits: 384 },
  { oid: '1.3.132.0.35', name: 'secp521r1', native: 'secp521r1', nist: 'P-521', bits: 521 },
  { oid: '1.3.132.0.10', name: 'secp256k1', native: 'secp256k1', jwk: 'secp256k1', bits: 256 },
];
const PADDING = { pkcs1: 1, none: 3, oaep: 4, pss: 6 };
const SALT = { digest: -1, longest: -2 };
const AES_CBC = { '2.16.840.1.101.3.4.1.2': 'aes-128-cbc', '2.16.840.1.101.3.4.1.22': 'aes-192-cbc', '2.16.840.1.101.3.4.1.42': 'aes-256-cbc' };
const HMACS = { '1.2.840.113549.2.7': 'sha1', '1.2.840.113549.2.8': 'sha224', '1.2.840.113549.2.9': 'sha256', '1.2.840.113549.2.10': 'sha384', '1.2.840.113549.2.11': 'sha512' };

const Buffers = () => node.require('buffer').Buffer;
const bufferOf = (bytes) => Buffers().from(bytes);
const bytesOf = (data) => (typeof data === 'string' ? new Uint8Array(bufferOf(data)) : data instanceof ArrayBuffer ? new Uint8Array(data) :
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
const LIBRARIES = { 'DECODER routines': '', 'Provider routines': '', 'common libcrypto routines': 'CRYPTO_', 'rsa routines': 'RSA_', 'elliptic curve routines': 'EC_' };
const sslError = (number, library, reason) => Object.assign(new Error(`error:${number}:${library}::${reason}`), {
  library, reason, code: `ERR_OSSL_${LIBRARIES[library]}${reason.toUpperCase().replace(/[ -]/g, '_')}`,
});
const unsupportedKey = () => sslError('1E08010C', 'DECODER routines', 'unsupported');
const coded = (Type, code, message) => Object.assign(new Type(message), { code });
const curveByName = (name) => CURVES.find((curve) => [curve.name, curve.native, curve.nist].includes(name));
node.curveByOid = (oid) => CURVES.find((curve) => curve.oid === oid);
const digestName = (name) => `${name}`.toLowerCase().replace(/^rsa-/, '').replace('-', '').replace(/^rmd160$/, 'ripemd160');
const hash = (name, ...parts) => {
  const digester = sys.crypto.digest(name);
  if (digester === null) return undefined;
  for (const part of parts) sys.crypto.update(digester, part);
  return new Uint8Array(sys.crypto.finish(digester));
};

// Containers

const algorithmOf = (isRSA, curve) => der.write(TAG.sequence, der.writeOid(isRSA ? OID.rsa : OID.ec), isRSA ? der.write(TAG.null) : der.writeOid(curve.oid));
const pkcs8Of = (isRSA, curve, inner) => der.write(TAG.sequence, der.writeInteger(Uint8Array.of(0)), algorithmOf(isRSA, curve), der.write(TAG.octets, inner));
const spkiOf = (curve, point) => der.write(TAG.sequence, algorithmOf(false, curve), der.write(TAG.bits, Uint8Array.of(0), point));
const sec1Of = (curve, scalar, point) => der.write(TAG.sequence, der.writeInteger(Uint8Array.of(1)), der.write(TAG.octets, scalar),
  der.write(0xa0, der.writeOid(curve.oid)), ...(point ? [der.write(0xa1, der.write(TAG.bits, Uint8Array.of(0), point))] : []));

// PKCS#8 under a passphrase, as OpenSSL writes it: PBES2 with PBKDF2 and AES in CBC.
function crypt(isEncrypting, name, key, iv, bytes) {
  const stream = sys.cipher.open(name.toUpperCase(), isEncrypting, key, iv);
  const first = sys.cipher.update(stream, bytes), last = sys.cipher.finish(stream);
  return last === null ? null : new Uint8Array(Buffers().concat([bufferOf(first), bufferOf(last)]));
}
function derive(passphrase, salt, count, digest, name) {
  const key = new Uint8Array(Number(name.split('-')[1]) / 8);
  sys.crypto.pbkdf2(digest, passphrase, salt, count, key);
  return key;
}
const numberOf = (value) => der.unsigned(value).reduce((n, byte) => n * 256 + byte, 0);
function decryptPKCS8(bytes, passphrase) {
  if (passphrase === undefined) throw sslError('07880109', 'common libcrypto routines', 'interrupted or cancelled');
  const [algorithm, content] = der.children(der.read(bytes));
  const [scheme, parameters] = der.children(algorithm);
  if (der.oid(scheme) !== OID.pbes2) throw unsupportedKey();
  const [derivation, encryption] = der.children(parameters).map(der.children);
  const [salt, count, ...rest] = der.children(derivation[1]);
  const prf = rest.find(({ tag }) => tag === TAG.sequence);
  const name = AES_CBC[der.oid(encryption[0])], digest = prf ? HMACS[der.oid(der.children(prf)[0])] : 'sha1';
  if (der.oid(derivation[0]) !== OID.pbkdf2 || !name || !digest) throw unsupportedKey();
  const plain = crypt(false, name, derive(passphrase, salt.body, numberOf(count), digest, name), encryption[1].body, content.body);
  if (plain === null) throw sslError('1C800064', 'Provider routines', 'bad decrypt');
  return plain;
}
function encryptPKCS8(bytes, cipher, passphrase) {
  const name = `${cipher}`.toLowerCase().replace(/^aes(\d+)$/, 'aes-$1-cbc');
  const known = Object.keys(AES_CBC).find((oid) => AES_CBC[oid] === name);
  if (!known) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
  const salt = new Uint8Array(16), iv = new Uint8Array(16), count = 2048;
  sys.crypto.randomFill(salt);
  sys.crypto.randomFill(iv);
  const encrypted = crypt(true, name, derive(passphrase, salt, count, 'sha256', name), iv, bytes);
  const prf = der.write(TAG.sequence, der.writeOid('1.2.840.113549.2.9'), der.write(TAG.null));
  const kdf = der.write(TAG.sequence, der.writeOid(OID.pbkdf2), der.write(TAG.sequence, der.write(TAG.octets, salt),
                        der.writeInteger(Uint8Array.of(count >> 8, count & 255)), prf));
  const scheme = der.write(TAG.sequence, der.writeOid(known), der.write(TAG.octets, iv));
  return der.write(TAG.sequence, der.write(TAG.sequence, der.writeOid(OID.pbes2), der.write(TAG.sequence, kdf, scheme)), der.write(TAG.octets, encrypted));
}

// JWK

const fromURL = (text) => new Uint8Array(Buffers().from(text, 'base64url'));
const toURL = (bytes) => bufferOf(bytes).toString('base64url');
const PARTS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'];
function fromJWK(jwk) { // [DER, is private]
  const invalid = () => coded(TypeError, 'ERR_CRYPTO_INVALID_JWK', 'Invalid JWK data');
  if (jwk.kty === 'RSA') {
    const wanted = jwk.d === undefined ? PARTS.slice(0, 2) : PARTS;
    if (wanted.some((name) => typeof jwk[name] !== 'string')) throw invalid();
    const numbers = wanted.map((name) => der.writeInteger(fromURL(jwk[name])));
    return jwk.d === undefined ? [der.write(TAG.sequence, ...numbers), false] : [der.write(TAG.sequence, der.writeInteger(Uint8Array.of(0)), ...numbers), true];
  }
  const curve = CURVES.find(({ nist, jwk: name }) => (nist ?? name) === jwk.crv);
  if (jwk.kty === 'OKP') throw node.notImplemented(`crypto: keys on ${jwk.crv}`);
  if (jwk.kty !== 'EC') throw coded(TypeError, 'ERR_CRYPTO_INVALID_JWK', 'Unsupported JWK Key Type.');
  if (!curve) throw coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid JWK EC "crv" Parameter');
  if (typeof jwk.x !== 'string' || typeof jwk.y !== 'string') throw invalid();
  const point = Uint8Array.of(4, ...fromURL(jwk.x), ...fromURL(jwk.y));
  return jwk.d === undefined ? [spkiOf(curve, point), false] : [sec1Of(curve, fromURL(jwk.d), point), true];
}

node.bind('crypto', (binding) => {
  const { kKeyTypeSecret, kKeyTypePublic, kKeyTypePrivate, kKeyFormatDER, kKeyFormatPEM, kKeyFormatJWK, kKeyFormatRawPublic, kKeyFormatRawPrivate,
          kKeyEncodingPKCS1, kKeyEncodingPKCS8, kKeyEncodingSPKI, kKeyEncodingSEC1, kSigEncP1363, kSignJobModeVerify, kCryptoJobWebCrypto, KeyObjectHandle } = binding;
  const Secret = { init: KeyObjectHandle.prototype.init, export: KeyObjectHandle.prototype.export, exportJwk: KeyObjectHandle.prototype.exportJwk,
                   equals: KeyObjectHandle.prototype.equals };

  const parse = (bytes, isPrivate, passphrase) => {
    const key = pkey.parse(bytes, isPrivate, passphrase);
    return typeof key === 'number' ? undefined : key;
  };
  const zeroEnded = (bytes) => Uint8Array.of(...bytes, 0);

  // [native key, is private] of what came in a key's place.
  function readPEM(text, passphrase) {
    const block = der.unarmour(text);
    if (!block) throw unsupportedKey();
    switch (block.label) {
      case 'CERTIFICATE': return [parse(new node.certificates.Certificate(block.bytes).parts.spki.all, false), false];
      case 'PUBLIC KEY': case 'RSA PUBLIC KEY': return [parse(block.bytes, false), false];
      case 'ENCRYPTED PRIVATE KEY': return [parse(decryptPKCS8(block.bytes, passphrase), true), true];
      default:
        if (block.headers && passphrase === undefined) throw coded(TypeError, 'ERR_MISSING_PASSPHRASE', 'Passphrase required for encrypted key');
        // From the block itself: an "EC PARAMETERS" block may stand before it.
        return [parse(zeroEnded(bufferOf(text.slice(text.indexOf(`-----BEGIN ${block.label}-----`)))), true, passphrase), true];
    }
  }
  const readDER = (bytes, isPrivate, encoding, passphrase) => {
    const isEncrypted = isPrivate && encoding === kKeyEncodingPKCS8 && der.children(der.read(bytes))[0].tag === TAG.sequence;
    return parse(isEncrypted ? decryptPKCS8(bytes, passphrase) : bytes, isPrivate);
  };
  function readRaw(bytes, format, type, curveName) {
    const curve = curveByName(curveName);
    if (type !== 'ec') throw node.notImplemented(`crypto: ${type} keys`);
    if (!curve) throw coded(Error, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
    return format === kKeyFormatRawPublic ? [parse(spkiOf(curve, bytes), false), false] : [parse(sec1Of(curve, bytes), true), true];
  }
  function read(data, format, encoding, passphrase, curve, mayBePrivate) {
    const secret = passphrase === null || passphrase === undefined ? undefined : bytesOf(passphrase);
    if (format === kKeyFormatJWK) {
      const [bytes, isPrivate] = fromJWK(data);
      return [parse(bytes, isPrivate), isPrivate];
    }
    if (format === kKeyFormatRawPublic || format === kKeyFormatRawPrivate) return readRaw(bytesOf(data), format, encoding, curve);
    if (format === kKeyFormatPEM) {
      const text = bufferOf(bytesOf(data)).toString('latin1').replace(/-----BEGIN EC PARAMETERS-----[^]*?-----END EC PARAMETERS-----/, '');
      return readPEM(text, secret);
    }
    if (format !== kKeyFormatDER) throw node.notImplemented('crypto: keys of this format');
    const isPublic = encoding === kKeyEncodingSPKI || (encoding === kKeyEncodingPKCS1 && !mayBePrivate);
    return [readDER(bytesOf(data), !isPublic, encoding, secret), !isPublic];
  }
  function openKey(handle, type, data, format, encoding, passphrase, curve) {
    let key, isPrivate;
    if (data instanceof KeyObjectHandle) [key, isPrivate] = [data.key, data.type === kKeyTypePrivate];
    else {
      try {
        [key, isPrivate] = read(data, format, encoding, passphrase, curve, type === kKeyTypePrivate);
        // DER of PKCS#1 does not say which half it is.
        if (!key && type === kKeyTypePublic && format === kKeyFormatDER && encoding === kKeyEncodingPKCS1) [key, isPrivate] = [parse(bytesOf(data), true), true];
      } catch (error) {
        throw error.message === 'not DER' ? unsupportedKey() : error;
      }
    }
    if (!key || (type === kKeyTypePrivate && !isPrivate)) throw unsupportedKey();
    handle.type = type;
    Object.defineProperty(handle, 'key', { value: key });
    handle.isRSA = handle.getAsymmetricKeyType() === 'rsa';
  }

  Object.assign(KeyObjectHandle.prototype, {
    init(type, data, format, encoding, passphrase, curve) {
      if (type === kKeyTypeSecret) Secret.init.call(this, type, format === kKeyFormatJWK ? fromURL(data.k) : data);
      else openKey(this, type, data, format, encoding, passphrase, curve);
    },
    spki() { return new Uint8Array(pkey.der(this.key, false)); },
    publicParts() { // [the algorithm's parts, the key's bytes]
      const [algorithm, bits] = der.children(der.read(this.spki()));
      return [der.children(algorithm), bits.body.subarray(1)];
    },
    curve() { return node.curveByOid(der.oid(this.publicParts()[0][1])); },
    getKeyType() { return this.type; },
    getAsymmetricKeyType() { return der.oid(this.publicParts()[0][0]) === OID.rsa ? 'rsa' : 'ec'; },
    traditional() { return new Uint8Array(pkey.der(this.key, true)); },
    rsaNumbers() { // n, e and, of a private key, d, p, q, dp, dq, qi
      if (this.type === kKeyTypePublic) return der.children(der.read(this.publicParts()[1])).map(der.unsigned);
      return der.children(der.read(this.traditional())).slice(1).map(der.unsigned);
    },
    rawPrivateKey() { return bufferOf(der.children(der.read(this.traditional()))[1].body); },
    rawPublicKey() { return bufferOf(this.publicParts()[1]); },
    exportECPublicRaw() { return this.rawPublicKey(); },
    exportECPrivateRaw() { return this.rawPrivateKey(); },
    checkEcKeyData() { return true; }, // Mbed TLS does when it reads one
    keyDetail(target) {
      if (this.isRSA) {
        const [n, e] = this.rsaNumbers();
        return Object.assign(target, { modulusLength: n.length * 8 - Math.clz32(n[0]) + 24, publicExponent: new Uint8Array(e).buffer });
      }
      return Object.assign(target, { namedCurve: this.curve().name });
    },
    der(encoding, cipher, passphrase) { // [label, bytes]
      if (this.type === kKeyTypePublic)
        return encoding === kKeyEncodingPKCS1 ? ['RSA PUBLIC KEY', this.publicParts()[1]] : ['PUBLIC KEY', this.spki()];
      if (encoding === kKeyEncodingPKCS1) return ['RSA PRIVATE KEY', this.traditional()];
      if (encoding === kKeyEncodingSEC1) return ['EC PRIVATE KEY', this.traditional()];
      const bytes = pkcs8Of(this.isRSA, this.isRSA ? undefined : this.curve(), this.isRSA ? this.traditional() : this.withoutCurve());
      return cipher ? ['ENCRYPTED PRIVATE KEY', encryptPKCS8(bytes, cipher, bytesOf(passphrase))] : ['PRIVATE KEY', bytes];
    },
    withoutCurve() { // inside PKCS#8 it stands outside
      const parts = der.children(der.read(this.traditional()));
      return der.write(TAG.sequence, ...parts.filter(({ tag }) => tag !== 0xa0).map(({ all }) => all));
    },
    export(format, encoding, cipher, passphrase) {
      if (this.type === kKeyTypeSecret) return Secret.export.call(this);
      if (cipher && encoding !== kKeyEncodingPKCS8) throw node.notImplemented('crypto: passphrases for keys other than PKCS#8');
      const [label, bytes] = this.der(encoding, cipher, passphrase);
      return format === kKeyFormatPEM ? der.armour(label, bytes) : bufferOf(bytes);
    },
    exportJwk(target, handlesRSAPSS) {
      if (this.type === kKeyTypeSecret) return Secret.exportJwk.call(this, target);
      if (this.isRSA) {
        const numbers = this.rsaNumbers();
        return Object.assign(target, { kty: 'RSA' }, ...numbers.map((number, i) => ({ [PARTS[i]]: toURL(number) })));
      }
      const curve = this.curve(), point = this.publicParts()[1], size = (point.length - 1) / 2;
      return Object.assign(target, { kty: 'EC', x: toURL(point.subarray(1, 1 + size)), y: toURL(point.subarray(1 + size)), crv: curve.nist ?? curve.jwk },
                           this.type === kKeyTypePrivate && { d: toURL(this.rawPrivateKey()) });
    },
    equals(other) {
      if (this.type !== other.type) return false;
      if (this.type === kKeyTypeSecret) return Secret.equals.call(this, other);
      const [one, two] = this.type === kKeyTypePublic ? [this.spki(), other.spki()] : [this.traditional(), other.traditional()];
      return sys.crypto.isEqual(one, two);
    },
  });

  // What a function got in a key's place: a handle, or the five words that make one.
  const keyOf = (type, data, format, encoding, passphrase, curve) => {
    if (data instanceof KeyObjectHandle && data.type !== kKeyTypeSecret) return data;
    const handle = new KeyObjectHandle();
    handle.init(type, data, format, encoding, passphrase, curve);
    return handle;
  };
  node.publicKeyHandle = (bytes) => keyOf(kKeyTypePublic, bytes, kKeyFormatDER, kKeyEncodingSPKI);

  // Signatures

  const size = (key) => Math.ceil(key.curve().bits / 8);
  function toP1363(key, signature) {
    const out = new Uint8Array(2 * size(key));
    der.children(der.read(signature)).map(der.unsigned).forEach((number, i) => out.set(number, (i + 1) * size(key) - number.length));
    return out;
  }
  const fromP1363 = (signature) => der.write(TAG.sequence, der.writeInteger(signature.subarray(0, signature.length / 2)),
                                             der.writeInteger(signature.subarray(signature.length / 2)));
  function sign(key, digest, hashed, padding, saltLength, encoding) {
    const signature = pkey.sign(key.key, padding ?? PADDING.pkcs1, digest.toUpperCase(), hashed, saltLength ?? SALT.longest);
    if (typeof signature === 'number')
      throw key.isRSA ? sslError('0200007E', 'rsa routines', 'digest too big for rsa key') : sslError('06000000', 'elliptic curve routines', 'internal error');
    return encoding === kSigEncP1363 && !key.isRSA ? toP1363(key, new Uint8Array(signature)) : new Uint8Array(signature);
  }
  function verify(key, digest, hashed, signature, padding, saltLength, encoding) {
    const isRaw = encoding === kSigEncP1363 && !key.isRSA;
    if (isRaw && signature.length !== 2 * size(key)) return false;
    return pkey.verify(key.key, padding ?? PADDING.pkcs1, digest.toUpperCase(), hashed, saltLength ?? SALT.longest, isRaw ? fromP1363(signature) : signature);
  }
  node.verifySignature = (key, digest, data, signature) => verify(key, digest, hash(digest, data), signature);
  const checkPadding = (key, padding) => {
    if (key.isRSA && padding !== undefined && padding !== PADDING.pkcs1 && padding !== PADDING.pss)
      throw sslError('1C8000A5', 'Provider routines', 'illegal or unsupported padding mode');
  };

  class Signer {
    init(algorithm) {
      this.digest = digestName(algorithm);
      this.digester = sys.crypto.digest(this.digest);
      if (this.digester === null) throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', 'Invalid digest');
    }
    update(data, encoding) { sys.crypto.update(this.digester, typeof data === 'string' ? Buffers().from(data, encoding) : data); }
    finish() {
      if (!this.digester) throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Not initialised');
      const hashed = new Uint8Array(sys.crypto.finish(this.digester));
      this.digester = undefined;
      return hashed;
    }
  }
  class Sign extends Signer {
    sign(data, format, type, passphrase, curve, padding, saltLength, encoding) {
      const key = keyOf(kKeyTypePrivate, data, format, type, passphrase, curve);
      checkPadding(key, padding);
      return bufferOf(sign(key, this.digest, this.finish(), padding, saltLength, encoding));
    }
  }
  class Verify extends Signer {
    verify(data, format, type, passphrase, curve, signature, padding, saltLength, encoding) {
      const key = keyOf(kKeyTypePublic, data, format, type, passphrase, curve);
      checkPadding(key, padding);
      return verify(key, this.digest, this.finish(), bytesOf(signature), padding, saltLength, encoding);
    }
  }
  class SignJob extends node.CryptoJob {
    constructor(mode, signMode, data, format, type, passphrase, curve, message, algorithm, saltLength, padding, encoding, context, signature) {
      super(mode);
      const isVerify = signMode === kSignJobModeVerify;
      const key = keyOf(isVerify ? kKeyTypePublic : kKeyTypePrivate, data, format, type, passphrase, curve);
      checkPadding(key, padding);
      const digest = digestName(algorithm ?? 'sha256');
      const hashed = hash(digest, bytesOf(message));
      if (!hashed) throw coded(Error, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${algorithm}`);
      this.work = () => (isVerify ? verify(key, digest, hashed, bytesOf(signature), padding, saltLength, encoding) :
        sign(key, digest, hashed, padding, saltLength, encoding).buffer);
    }
  }

  // RSA encryption

  const rsaFunction = (encrypts, withPrivate, keyType) => (data, format, type, passphrase, curve, buffer, padding, oaepHash, label) => {
    const key = keyOf(keyType, data, format, type, passphrase, curve);
    if (!encrypts && withPrivate && padding === PADDING.pkcs1) {
      // OpenSSL answers a wrong message with a random one, which Mbed TLS does not do.
      throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', 'RSA_PKCS1_PADDING is no longer supported for private decryption');
    }
    if (!key.isRSA || (padding !== PADDING.pkcs1 && padding !== PADDING.oaep))
      throw sslError('1C8000A5', 'Provider routines', 'illegal or unsupported padding mode');
    const digest = digestName(oaepHash ?? 'sha1');
    if (!sys.crypto.size(digest)) throw coded(Error, 'ERR_OSSL_EVP_INVALID_DIGEST', 'Invalid digest used');
    const result = pkey.crypt(key.key, encrypts, withPrivate, padding, digest.toUpperCase(), label ? bytesOf(label) : new Uint8Array(0), bytesOf(buffer));
    if (typeof result !== 'number') return bufferOf(result);
    throw encrypts ? sslError('0200006E', 'rsa routines', 'data too large for key size') :
      padding === PADDING.oaep ? sslError('02000079', 'rsa routines', 'oaep decoding error') : sslError('02000072', 'rsa routines', 'padding check failed');
  };

  // Key pairs

  const encode = (handle, format, type, cipher, passphrase) => {
    if (format === undefined) return handle;
    return format === kKeyFormatJWK ? handle.exportJwk({}) : handle.export(format, type, cipher, passphrase);
  };
  class PairJob extends node.CryptoJob {
    // make() gives the native key; the rest says how the halves are wanted, or what Web Crypto's keys may do
    constructor(mode, make, publicFormat, publicType, privateFormat, privateType, cipher, passphrase) {
      super(mode);
      const [algorithm, publicUsages, privateUsages, isExtractable] = [publicFormat, publicType, privateFormat, privateType];
      this.work = () => {
        const made = make();
        if (typeof made === 'number') throw sslError('02000000', 'rsa routines', 'key generation failed');
        const halves = [kKeyTypePublic, kKeyTypePrivate].map((type) => {
          const handle = new KeyObjectHandle();
          Object.defineProperty(handle, 'key', { value: made });
          handle.type = type;
          handle.isRSA = handle.getAsymmetricKeyType() === 'rsa';
          return handle;
        });
        if (mode === kCryptoJobWebCrypto) {
          const { InternalCryptoKey: Key } = node.require('internal/crypto/keys');
          return { publicKey: new Key(halves[0], algorithm, publicUsages, true), privateKey: new Key(halves[1], algorithm, privateUsages, isExtractable) };
        }
        return [encode(halves[0], publicFormat, publicType), encode(halves[1], privateFormat, privateType, cipher, passphrase)];
      };
    }
  }
  class RsaKeyPairGenJob extends PairJob {
    constructor(mode, variant, bits, exponent, ...encoding) {
      if (variant === binding.kKeyVariantRSA_PSS && encoding.length > 6) throw node.notImplemented('crypto: rsa-pss keys');
      super(mode, () => pkey.generateRSA(bits, exponent), ...encoding);
    }
  }
  class EcKeyPairGenJob extends PairJob {
    constructor(mode, name, parameters, ...encoding) {
      const curve = curveByName(name);
      if (!curve) throw coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
      super(mode, () => pkey.generateEC(curve.native), ...encoding);
    }
  }

  // ECDH

  const share = (own, peer) => {
    const secret = pkey.derive(own.key, peer.key);
    if (typeof secret === 'number') throw sslError('1C8000C9', 'Provider routines', 'mismatching domain parameters');
    return secret;
  };
  class DHBitsJob extends node.CryptoJob {
    constructor(mode, ...words) {
      super(mode);
      const peer = keyOf(kKeyTypePublic, ...words.slice(0, 5)), own = keyOf(kKeyTypePrivate, ...words.slice(5));
      this.work = () => share(own, peer);
    }
  }
  class ECDH {
    constructor(name) {
      this.curve = curveByName(name);
      if (!this.curve) throw coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
    }
    open(key) {
      if (typeof key === 'number') throw coded(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Key generation failed');
      const handle = new KeyObjectHandle();
      Object.defineProperty(handle, 'key', { value: key });
      Object.assign(handle, { type: kKeyTypePrivate, isRSA: false });
      this.own = handle;
    }
    generateKeys() { this.open(pkey.generateEC(this.curve.native)); }
    setPrivateKey(bytes) {
      const key = parse(sec1Of(this.curve, bytesOf(bytes)), true);
      if (!key) throw coded(Error, 'ERR_CRYPTO_INVALID_KEYTYPE', 'Private key is not valid for specified curve.');
      this.open(key);
    }
    setPublicKey() { throw node.notImplemented('crypto: ECDH.setPublicKey'); }
    computeSecret(bytes) {
      const key = parse(spkiOf(this.curve, uncompressed(this.curve, bytesOf(bytes))), false);
      if (!key) throw coded(Error, 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY', 'Public key is not valid for specified curve');
      return bufferOf(share(this.own, { key }));
    }
    held() {
      if (!this.own) throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Failed to get ECDH key');
      return this.own;
    }
    getPrivateKey() { return this.held().rawPrivateKey(); }
    getPublicKey(form) {
      const point = this.held().rawPublicKey();
      const middle = (point.length + 1) / 2;
      if (form === 2) return Buffers().concat([Uint8Array.of(2 | point.at(-1) & 1), point.subarray(1, middle)]);
      if (form === 6) point[0] = 6 | point.at(-1) & 1;
      return point;
    }
  }
  function uncompressed(curve, point) {
    if (point[0] === 2 || point[0] === 3) throw node.notImplemented('crypto: compressed points');
    return point[0] === 6 || point[0] === 7 ? Uint8Array.of(4, ...point.subarray(1)) : point;
  }

  Object.assign(binding, {
    Sign, Verify, SignJob, RsaKeyPairGenJob, EcKeyPairGenJob, DHBitsJob, ECDH,
    publicEncrypt: rsaFunction(true, false, kKeyTypePublic), privateDecrypt: rsaFunction(false, true, kKeyTypePrivate),
    privateEncrypt: rsaFunction(true, true, kKeyTypePrivate), publicDecrypt: rsaFunction(false, false, kKeyTypePublic),
    getCurves: () => CURVES.map(({ name }) => name),
  });
});
