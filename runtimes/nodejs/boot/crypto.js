'use strict';
// crypto: hashes, HMAC, PBKDF2, HKDF, random numbers, secret keys, ciphers.

node.bind('crypto', (binding) => {
  const { crypto } = sys;
  const NAMES = ['md5', 'ripemd160', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
  const { kCryptoJobAsync = 0, kCryptoJobSync = 1 } = binding;
  const plain = (name) => `${name}`.toLowerCase().replace(/^rsa-/, '').replace('-', '').replace(/^rmd160$|^ripemd$/, 'ripemd160');
  const toBytes = (data, encoding) => (typeof data === 'string' ? node.require('buffer').Buffer.from(data, encoding) :
    data instanceof KeyObjectHandle ? data.bytes : ArrayBuffer.isView(data) || data instanceof ArrayBuffer ? data : data);
  const encoded = (bytes, encoding) => {
    const { Buffer } = node.require('buffer');
    const buffer = Buffer.from(bytes);
    return encoding && encoding !== 'buffer' ? buffer.toString(encoding) : buffer;
  };
  const unsupported = () => Object.assign(new Error('error:0308010C:digital envelope routines::unsupported'), {
    opensslErrorStack: [], library: 'digital envelope routines', reason: 'unsupported', code: 'ERR_OSSL_EVP_UNSUPPORTED',
  });

  class Hash {
    constructor(algorithm, outputLength) {
      if (algorithm instanceof Hash) {
        this.digester = crypto.copy(algorithm.digester);
        return;
      }
      this.digester = crypto.digest(plain(algorithm));
      if (this.digester === null) throw new Error('Digest method not supported');
      if (outputLength !== undefined && outputLength !== crypto.size(plain(algorithm)))
        throw Object.assign(new Error('Unsupported state or unable to authenticate'), { code: 'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH' });
    }
    update(data, encoding) {
      crypto.update(this.digester, toBytes(data, encoding));
      return true;
    }
    digest(encoding) {
      this.result ??= crypto.finish(this.digester);
      return encoded(this.result, encoding);
    }
  }
  class Hmac {
    init(algorithm, key) {
      this.digester = crypto.digest(plain(algorithm), toBytes(key));
      if (this.digester !== null) return;
      const { ERR_CRYPTO_INVALID_DIGEST: E } = node.require('internal/errors').codes;
      throw new E(algorithm);
    }
    update(data, encoding) {
      crypto.update(this.digester, toBytes(data, encoding));
      return true;
    }
    digest(encoding) { return encoded(crypto.finish(this.digester), encoding); }
  }

  class KeyObjectHandle {
    init(type, data) {
      const bytes = toBytes(data);
      this.type = type;
      this.bytes = bytes instanceof ArrayBuffer ? new Uint8Array(bytes.slice()) :
        new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice();
    }
    getSymmetricKeySize() { return this.bytes.length; }
    export() { return node.require('buffer').Buffer.from(this.bytes); }
    exportJwk(target) {
      return Object.assign(target, { kty: 'oct', k: node.require('buffer').Buffer.from(this.bytes).toString('base64url') });
    }
    equals(other) { return crypto.isEqual(this.bytes, other.bytes); }
  }

  // A job of the thread pool: work() gives its result, or throws the error.
  class Job extends node.Resource {
    constructor(mode) {
      super();
      Object.defineProperty(this, 'mode', { value: mode });
    }
    run() {
      let error, result;
      try {
        result = this.work();
      } catch (caught) {
        error = caught;
      }
      if (this.mode === kCryptoJobSync) return [error, result];
      if (this.mode !== kCryptoJobAsync)
        return new Promise((resolve, reject) => node.loop.later(() => this.complete(() => (error ? reject(error) : resolve(result)))));
      node.loop.later(() => this.complete(this.ondone, error, result));
      return undefined;
    }
  }
  node.CryptoJob = Job;
  const part = (buffer, offset, size) => (buffer instanceof ArrayBuffer ? new Uint8Array(buffer, offset, size) :
    new Uint8Array(buffer.buffer, buffer.byteOffset + offset, size));
  const invalidDigest = (name) => {
    const { ERR_CRYPTO_INVALID_DIGEST: E } = node.require('internal/errors').codes;
    return new E(name);
  };

  class RandomBytesJob extends Job {
    constructor(mode, buffer, offset, size) {
      super(mode);
      this.work = () => crypto.randomFill(part(buffer, offset, size));
    }
  }
  class PBKDF2Job extends Job {
    constructor(mode, password, salt, iterations, length, digest) {
      super(mode);
      if (crypto.size(plain(digest)) === undefined) throw invalidDigest(digest);
      this.work = () => {
        const out = new Uint8Array(length);
        if (length > 0) crypto.pbkdf2(plain(digest), toBytes(password), toBytes(salt), iterations, out);
        return out.buffer;
      };
    }
  }
  class HKDFJob extends Job {
    constructor(mode, digest, key, salt, info, length) {
      super(mode);
      const size = crypto.size(plain(digest));
      if (size === undefined) throw invalidDigest(digest);
      if (length > 255 * size) throw Object.assign(new RangeError('Invalid key length'), { code: 'ERR_CRYPTO_INVALID_KEYLEN' });
      this.work = () => {
        const out = new Uint8Array(length);
        if (length > 0) crypto.hkdf(plain(digest), toBytes(key), toBytes(salt), toBytes(info), out);
        return out.buffer;
      };
    }
  }
  class HashJob extends Job {
    constructor(mode, algorithm, data) {
      super(mode);
      this.work = () => {
        const digester = crypto.digest(plain(algorithm));
        if (digester === null) throw unsupported();
        crypto.update(digester, toBytes(data));
        return crypto.finish(digester);
      };
    }
  }

  class ScryptJob extends Job {
    constructor(mode, password, salt, N, r, p, maxmem, length) {
      super(mode);
      if (128 * N * r > maxmem || 128 * N * r > 2 ** 30) {
        throw Object.assign(new RangeError('Invalid scrypt params: error:030000AC:digital envelope routines::memory limit exceeded'),
                            { code: 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS' });
      }
      this.work = () => {
        const out = new Uint8Array(length);
        if (length > 0) sys.cipher.scrypt(toBytes(password), toBytes(salt), N, r, p, out);
        return out.buffer;
      };
    }
  }

  const CIPHERS = ['128', '192', '256'].flatMap((bits) => ['cbc', 'ctr', 'ecb', 'gcm'].map((mode) => `aes-${bits}-${mode}`));
  const coded = (Type, code, message) => Object.assign(new Type(message), { code });
  const cipherName = (name) => {
    const lower = `${name}`.toLowerCase().replace(/^aes(\d+)$/, 'aes-$1-cbc').replace(/^id-aes(\d+)-gcm$/, 'aes-$1-gcm');
    return CIPHERS.includes(lower) ? lower : undefined;
  };
  const opensslError = (number, reason) => Object.assign(coded(Error, `ERR_OSSL_${reason.toUpperCase().replaceAll(' ', '_')}`,
    `error:${number}:Provider routines::${reason}`), { library: 'Provider routines', reason });

  class CipherBase {
    constructor(isEncrypting, name, key, iv, tagSize) {
      const known = cipherName(name);
      if (!known) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
      this.isEncrypting = isEncrypting;
      this.isGCM = known.endsWith('gcm');
      this.isPadded = known.endsWith('ecb'); // by us: Mbed TLS pads CBC only
      this.length = 0;
      this.held = new Uint8Array(0);
      this.tagSize = tagSize >= 0 ? tagSize : 16;
      this.stream = sys.cipher.open(known.toUpperCase(), isEncrypting, toBytes(key), iv === null ? new Uint8Array(0) : toBytes(iv));
      if (this.stream === 2) throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
      if (typeof this.stream === 'number') throw coded(TypeError, 'ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector');
    }
    update(data, encoding) {
      if (this.isFinished) throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Unsupported state');
      const { Buffer } = node.require('buffer');
      const bytes = toBytes(data, encoding);
      const out = Buffer.from(sys.cipher.update(this.stream, bytes));
      this.length += bytes.byteLength;
      if (!this.isPadded || this.isEncrypting) return out;
      const all = Buffer.concat([this.held, out]); // the last block waits: it may be padding
      this.held = all.subarray(-16);
      return all.subarray(0, -16);
    }
    finalPadded() {
      const { Buffer } = node.require('buffer');
      const pad = 16 - this.length % 16;
      if (this.isEncrypting) return Buffer.from(sys.cipher.update(this.stream, new Uint8Array(pad).fill(pad)));
      if (pad !== 16 || this.held.length !== 16) throw opensslError('1C80006B', 'wrong final block length');
      const count = this.held[15];
      if (count < 1 || count > 16 || this.held.subarray(-count).some((byte) => byte !== count))
        throw opensslError('1C800064', 'bad decrypt');
      return this.held.subarray(0, 16 - count);
    }
    final() {
      if (this.isFinished) throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Unsupported state');
      this.isFinished = true;
      if (this.isPadded) return this.finalPadded();
      const last = sys.cipher.finish(this.stream);
      if (last === null)
        throw this.isEncrypting ? opensslError('1C80006A', 'wrong final block length') : opensslError('1C800064', 'bad decrypt');
      if (this.isGCM && this.isEncrypting) this.tag = sys.cipher.tag(this.stream, this.tagSize);
      else if (this.isGCM && !(this.tag && sys.cipher.tag(this.stream, this.tag)))
        throw new Error('Unsupported state or unable to authenticate data');
      return node.require('buffer').Buffer.from(last);
    }
    setAutoPadding(isOn = true) {
      if (isOn || !this.isPadded) sys.cipher.padding(this.stream, isOn);
      else this.isPadded = false;
      return true;
    }
    getAuthTag() { return this.isGCM && this.isFinished && this.isEncrypting ? node.require('buffer').Buffer.from(this.tag) : undefined; }
    setAuthTag(tag) {
      if (!this.isGCM || this.isEncrypting || this.tag) return false;
      const bytes = toBytes(tag);
      if (![4, 8, 12, 13, 14, 15, 16].includes(bytes.byteLength))
        throw coded(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${bytes.byteLength}`);
      this.tag = new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength).slice();
      return true;
    }
    setAAD(data) { return sys.cipher.authenticate(this.stream, toBytes(data)); }
  }

  const slots = new WeakMap(); // what the native half of a key holds
  class HmacJob extends Job {
    constructor(mode, signMode, algorithm, key, data, signature) {
      super(mode);
      this.work = () => {
        const digester = crypto.digest(plain(algorithm), toBytes(key));
        if (digester === null) throw unsupported();
        crypto.update(digester, toBytes(data));
        const result = crypto.finish(digester);
        return signMode === binding.kSignJobModeVerify ? crypto.isEqual(new Uint8Array(result), toBytes(signature)) : result;
      };
    }
  }

  let fips = 0;
  Object.assign(binding, {
    Hash, Hmac, KeyObjectHandle, RandomBytesJob, PBKDF2Job, HKDFJob, HashJob, HmacJob, ScryptJob, CipherBase,
    getHashes: () => [...NAMES.map((name) => (name === 'ripemd160' ? name : `RSA-${name.toUpperCase()}`)), ...NAMES],
    getCachedAliases: () => ({}),
    getFipsCrypto: () => fips,
    setFipsCrypto(value) { fips = value; },
    testFipsCrypto: () => false,
    getCiphers: () => CIPHERS,
    getCipherInfo(target, name, keyLength, ivLength) {
      const known = typeof name === 'string' ? cipherName(name) : undefined;
      if (!known) return undefined;
      const [, bits, mode] = known.split('-');
      const size = { cbc: 16, ctr: 16, ecb: undefined, gcm: 12 }[mode];
      if ((keyLength !== undefined && keyLength !== bits / 8) || (ivLength !== undefined && mode !== 'gcm' && ivLength !== size)) return undefined;
      return Object.assign(target, { mode, name: known === `aes-${bits}-gcm` ? `id-aes${bits}-GCM` : known.toUpperCase(), keyLength: bits / 8,
                                     ...(size && { ivLength: ivLength ?? size }), ...(mode === 'cbc' && { blockSize: 16 }) });
    },
    getSystemCACertificates: () => [],
    getUserRootCertificates: () => [],
    resetRootCertStore() {},
    startLoadingCertificatesOffThread() {},
    getCertificateCompressionAlgorithms: () => [],
    getOpenSSLSecLevelCrypto: () => 2,
    timingSafeEqual(a, b) {
      const { ERR_INVALID_ARG_TYPE: Type } = node.require('internal/errors').codes;
      for (const [name, value] of [['buf1', a], ['buf2', b]])
        if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer))
          throw new Type(name, ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], value);
      if (a.byteLength !== b.byteLength)
        throw Object.assign(new RangeError('Input buffers must have the same byte length'), { code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH' });
      return crypto.isEqual(a, b);
    },
    oneShotDigest(algorithm, id, cache, input, outputEncoding) {
      const digester = crypto.digest(plain(algorithm));
      if (digester === null) throw unsupported();
      crypto.update(digester, toBytes(input));
      return encoded(crypto.finish(digester), outputEncoding);
    },
    secureHeapUsed: () => undefined,
    secureBuffer: (size) => new Uint8Array(size),
    setEngine: () => true,
    createNativeKeyObjectClass: (callback) => callback(class {
      constructor(handle) {
        slots.set(this, [handle.type, handle]);
        Object.defineProperty(this, 'handle', { value: handle });
      }
    }),
    createCryptoKeyClass: (callback) => callback(class {
      constructor(handle, algorithm, usagesMask, isExtractable) {
        slots.set(this, [handle.type, isExtractable, algorithm, usagesMask, handle]);
      }
    }),
    getKeyObjectSlots: (key) => slots.get(key),
    getCryptoKeySlots: (key) => slots.get(key),
  });
});
