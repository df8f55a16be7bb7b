'use strict';
// TLS over any stream: SecureContext and TLSWrap. The C half (guest/tls.c) turns bytes into bytes; what moves them
// between the stream below and the program, and what an unverified peer is called, is here.

const { tls } = sys;
const EOF = -4095, ECANCELED = -125, EPROTO = -71;
const TLS1_2 = 0x303, TLS1_3 = 0x304;
const WAITING = 1;
const HELLO_MAX = 2 ** 17; // what may come before a server has begun
const bufferOf = (bytes) => node.require('buffer').Buffer.from(bytes);

// Mbed TLS's flags for a chain, the gravest first, as OpenSSL names what it finds.
const FLAG = { expired: 0x01, notTrusted: 0x08, missing: 0x40, skipped: 0x80, future: 0x200, usage: 0x3800, digest: 0x4000, weakKey: 0x8000 | 0x10000 };
const VERIFY = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  INVALID_PURPOSE: 'unsuitable certificate purpose',
  CA_MD_TOO_WEAK: 'CA signature digest algorithm too weak',
  EE_KEY_TOO_SMALL: 'EE certificate key too weak',
  CERT_REJECTED: 'certificate rejected',
};
const HINTED = new Set(['UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
function untrusted(chain, isTrusted) {
  const last = chain.at(-1);
  if (!last.isIssuedBy(last)) return chain.length === 1 ? 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' : 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
  if (isTrusted(last)) return 'CERT_SIGNATURE_FAILURE'; // the names lead there, the signatures do not
  return chain.length === 1 ? 'DEPTH_ZERO_SELF_SIGNED_CERT' : 'SELF_SIGNED_CERT_IN_CHAIN';
}
function verifyCode(flags, chain, isTrusted) {
  if (flags & (FLAG.missing | FLAG.skipped) || chain.length === 0) return 'UNABLE_TO_GET_ISSUER_CERT';
  if (flags & FLAG.notTrusted) return untrusted(chain, isTrusted);
  if (flags & FLAG.expired) return 'CERT_HAS_EXPIRED';
  if (flags & FLAG.future) return 'CERT_NOT_YET_VALID';
  if (flags & FLAG.usage) return 'INVALID_PURPOSE';
  if (flags & FLAG.digest) return 'CA_MD_TOO_WEAK';
  return flags & FLAG.weakKey ? 'EE_KEY_TOO_SMALL' : 'CERT_REJECTED';
}
const WRONG_NAME = 0x04; // Node compares the names itself

// What a failed call becomes: Mbed TLS's number, and OpenSSL's words for it.
const ALERTS = {
  10: 'unexpected message', 20: 'bad record mac', 22: 'record overflow', 40: 'handshake failure', 42: 'bad certificate',
  43: 'unsupported certificate', 44: 'certificate revoked', 45: 'certificate expired', 46: 'certificate unknown', 47: 'illegal parameter',
  48: 'unknown ca', 49: 'access denied', 50: 'decode error', 51: 'decrypt error', 70: 'protocol version', 71: 'insufficient security',
  80: 'internal error', 86: 'inappropriate fallback', 109: 'missing extension', 112: 'unrecognized name', 116: 'certificate required',
  120: 'no application protocol',
};
const REASONS = {
  0x6d00: 'unexpected message', 0x6e00: 'unsupported protocol', 0x6e80: 'unsupported protocol', 0x7100: 'bad record mac', 0x7180: 'bad record mac',
  0x7200: 'wrong version number', 0x7380: 'no shared cipher', 0x7580: 'no suitable key share', 0x7680: 'no certificate set', 0x7780: 'alert',
  0x7a00: 'bad certificate', 0x7f00: 'malloc failure', 0x6600: 'unsuitable signature', 0x7900: 'bad client hello', 0x7980: 'bad server hello',
  0x7500: 'no application protocol', 0x6500: 'handshake failure', 0x6080: 'unexpected message',
};
const coded = (reason, words = reason, number = '0A000000') => Object.assign(new Error(`error:${number}:SSL routines::${words}`), {
  library: 'SSL routines', reason, code: `ERR_SSL_${reason.toUpperCase().replace(/ /g, '_')}`,
});
function failure(session, number) {
  const reason = REASONS[-number & ~0x7f];
  if (reason === 'alert') {
    const alert = tls.alert(session);
    const [old, name] = [alert < 70 || alert === 0 ? 'ssl/tls' : 'tlsv1', ALERTS[alert] ?? 'unknown'];
    return coded(`${old} alert ${name}`, `${old} alert ${name}:SSL alert number ${alert}`);
  }
  return reason ? coded(reason) : coded('internal error', `Mbed TLS error -0x${(-number).toString(16)}`);
}

// A suite's OpenSSL name from Mbed TLS's.
const suiteName = (name) => name.slice(4).replace('WITH-', '').replace(/AES-(\d+)/, 'AES$1').replace('-CBC', '').replace('POLY1305-SHA256', 'POLY1305');
let suites; // [{ number, name, standard }]
function allSuites() {
  suites ??= tls.allSuites().map(([number, name]) => ({ number, name: suiteName(name), standard: name.replaceAll('-', '_') }))
    .filter(({ name }) => /AES(128|256)-(GCM-)?SHA|CHACHA20/.test(name));
  return suites;
}
function chosenSuites(list) {
  const chosen = new Set(), refused = new Set();
  for (const word of list.split(/[:, ]/)) {
    if (/^[!-]/.test(word)) for (const suite of allSuites()) if (suite.name === word.slice(1)) refused.add(suite);
    for (const suite of allSuites())
      if (suite.name === word || /^(HIGH|ALL|DEFAULT|ECDHE|EECDH)(\+|$)/.test(word)) chosen.add(suite);
  }
  return [...chosen].filter((suite) => !refused.has(suite));
}

// PEM gets the zero byte that Mbed TLS wants behind it.
function pemOrDer(data) {
  const buffer = typeof data === 'string' ? bufferOf(data) : bufferOf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return buffer.includes('-----BEGIN') ? node.require('buffer').Buffer.concat([buffer, new Uint8Array(1)]) : buffer;
}
const noPEM = () => Object.assign(new Error('error:0480006C:PEM routines::no start line'), {
  library: 'PEM routines', reason: 'no start line', code: 'ERR_OSSL_PEM_NO_START_LINE',
});
let haveRoots = false;
const rootsText = () => sys.blobText('roots');

class SecureContext {
  constructor() {
    Object.defineProperty(this, 'native', { value: tls.context(), writable: true });
  }
  init(protocol, min, max) {
    const named = /^TLSv1_([0-2])_/.exec(protocol ?? '');
    if (named) min = max = 0x301 + Number(named[1]);
    this.min = min;
    this.max = max;
    if (min > TLS1_2) throw node.notImplemented('tls: TLS 1.3');
    if (max < TLS1_2) throw node.notImplemented('tls: TLS 1.1 and older');
  }
  getMinProto() { return this.min; }
  getMaxProto() { return this.max; }
  setMinProto(version) { this.init(undefined, version, this.max); }
  setMaxProto(version) { this.init(undefined, this.min, version); }
  setOptions() {}
  setCipherSuites() {} // of TLS 1.3
  setCiphers(list) {
    const chosen = chosenSuites(list);
    if (chosen.length === 0) throw coded('no cipher match', 'no cipher match', '0A0000B9');
    tls.suites(this.native, chosen.map(({ number }) => number));
  }
  setECDHCurve() {}
  setSigalgs() { throw node.notImplemented('tls: sigalgs'); }
  setDHParam() {} // there is no finite-field key exchange
  setSessionIdContext() {}
  setSessionTimeout() {}
  setTicketKeys() {}
  getTicketKeys() { return bufferOf(new Uint8Array(48)); }
  addRootCerts() {
    haveRoots = tls.trustRoots(this.native, haveRoots ? undefined : pemOrDer(rootsText()));
    this.trustsRoots = true;
    const extra = node.internalBinding('crypto').getExtraCACertificates();
    if (extra.length > 0) this.trustAlso(extra.join('\n'));
  }
  trustAlso(text) { // the list of roots is shared, so a context of its own has them all
    this.native = tls.context();
    tls.trust(this.native, pemOrDer(`${rootsText()}\n${text}`));
  }
  addCACert(data) {
    if (tls.trust(this.native, pemOrDer(data)) < 0) throw noPEM();
  }
  setCert(data) {
    if (tls.own(this.native, 0)) throw node.notImplemented('tls: a second certificate');
    if (tls.certificate(this.native, pemOrDer(data)) !== 0) throw noPEM();
  }
  setKey(data, passphrase) {
    if (this.hasKey) throw node.notImplemented('tls: a second key');
    const r = tls.key(this.native, pemOrDer(data), passphrase === undefined || passphrase === null ? undefined : bufferOf(passphrase));
    if (r === 1) {
      throw Object.assign(new Error('error:05800074:x509 certificate routines::key values mismatch'), {
        library: 'x509 certificate routines', reason: 'key values mismatch', code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
      });
    }
    if (r !== 0) throw Object.assign(new Error('error:1E08010C:DECODER routines::unsupported'), {
      library: 'DECODER routines', reason: 'unsupported', code: 'ERR_OSSL_UNSUPPORTED',
    });
    Object.defineProperty(this, 'hasKey', { value: true });
  }
  getCertificate() { return this.certificateAt(0); }
  getIssuer() { return this.certificateAt(1); }
  certificateAt(i) {
    const bytes = tls.own(this.native, i);
    return bytes ? bufferOf(bytes) : null;
  }
  close() {}
}
for (const name of ['addCRL', 'loadPKCS12', 'setEngineKey', 'setClientCertEngine', 'setCertificateCompression', 'setAllowPartialTrustChain'])
  SecureContext.prototype[name] = () => { throw node.notImplemented(`tls: SecureContext.${name}`); };

// What a server needs of a ClientHello before the handshake begins: undefined while it is not all here, null if it is none.
function readHello(bytes) {
  if (bytes.length < 5) return undefined;
  const length = bytes.readUInt16BE(3);
  if (bytes[0] !== 22) return null;
  if (bytes.length < 5 + length) return undefined;
  try {
    return helloFields(bytes.subarray(5, 5 + length));
  } catch (error) {
    if (error instanceof RangeError) return null; // shorter than it says: Mbed TLS has the words for it
    throw error;
  }
}
function helloFields(record) {
  const hello = { servername: undefined, protocols: undefined };
  let at = 38; // type, length, version, random
  at += 1 + record.readUInt8(at);
  at += 2 + record.readUInt16BE(at);
  at += 1 + record.readUInt8(at);
  if (at + 2 > record.length) return hello;
  const end = at + 2 + record.readUInt16BE(at);
  for (at += 2; at + 4 <= end;) {
    const type = record.readUInt16BE(at), length = record.readUInt16BE(at + 2);
    const body = record.subarray(at + 4, at + 4 + length);
    if (type === 0) hello.servername = body.toString('latin1', 5, 5 + body.readUInt16BE(3));
    if (type === 16) hello.protocols = body.subarray(2);
    at += 4 + length;
  }
  return hello;
}
function splitProtocols(buffer) {
  const list = [];
  for (let at = 0; at < buffer.length; at += 1 + buffer[at]) list.push(bufferOf(buffer).toString('latin1', at + 1, at + 1 + buffer[at]));
  return list;
}

const hidden = (object, fields) => {
  for (const key of Object.keys(fields)) Object.defineProperty(object, key, { value: fields[key], writable: true });
};
// A request to the stream below: its end is told to a function.
const request = (done) => ({ oncomplete: done, complete(callback, status) { callback(status); } });

// States: hello (a server waits for all of the ClientHello, and for the program's certificate), shaking, open, ended.
class TLSWrap extends node.Stream {
  constructor(below, context, isServer) {
    super();
    hidden(this, {
      below, context, isServer, state: 'idle', session: null, waiting: [], hello: [], servername: undefined, protocols: [],
      asksCertificate: false, wantsCertificateCallback: false, wantsALPNCallback: false, hasEnded: false, isStepping: false, info: null,
      isReading: true, // as far as the stream below is, which may have begun before
    });
    Object.defineProperty(below, 'deliver', { configurable: true, value: (nread, bytes) => this.fromBelow(nread, bytes) });
  }
  get fd() { return this.below?.fd ?? -1; }
  set fd(value) {} // it is the stream's below

  // settings, before the handshake
  setVerifyMode(asks) { this.asksCertificate = asks; }
  setServername(name) { this.servername = name; }
  getServername() { return this.isServer ? this.servername ?? false : this.servername; }
  setALPNProtocols(buffer) { this.protocols = splitProtocols(buffer); }
  enableALPNCb() { this.wantsALPNCallback = true; }
  enableCertCb() { this.wantsCertificateCallback = true; }
  enableSessionCallbacks() {}
  enableKeylogCallback() {}
  enableTrace() {}
  setSession() {} // there are no sessions to resume
  getSession() { return undefined; }
  getTLSTicket() { return undefined; }
  isSessionReused() { return false; }
  setKeyCert(context) { this.context = context; }
  writesIssuedByPrevListenerDone() {}
  setMaxSendFragment() { return 0; }

  // the handshake
  begin() { // not open(): Node puts one of its own in its place
    const context = this.sni_context ?? this.context;
    this.session = tls.open(context.native, this.isServer, this.asksCertificate, this.servername, this.protocols);
    this.state = 'shaking';
  }
  start() {
    if (this.isServer || this.state !== 'idle') return;
    this.begin();
    this.call(this.onhandshakestart, Math.floor(node.loop.now()));
    this.step();
  }
  receiveHello(bytes) {
    this.hello.push(bufferOf(bytes));
    if (this.hello.reduce((n, part) => n + part.length, 0) > HELLO_MAX) return void this.fail(-0x7900);
    const hello = this.state === 'asking' ? undefined : readHello(node.require('buffer').Buffer.concat(this.hello));
    if (hello === undefined) return;
    this.servername = hello?.servername;
    this.call(this.onhandshakestart, Math.floor(node.loop.now()));
    if (hello?.protocols && this.wantsALPNCallback) {
      const offset = this.call(this.ALPNCallback, hello.protocols);
      if (this.state === 'ended') return;
      this.protocols = offset === undefined ? ['\0'] : [splitProtocols(hello.protocols.subarray(offset))[0]];
    }
    if (!this.wantsCertificateCallback || !hello) return void this.certCbDone();
    this.state = 'asking';
    this.call(this.oncertcb, { servername: hello.servername ?? '', OCSPRequest: false });
  }
  certCbDone() {
    if (this.state !== 'idle' && this.state !== 'asking') return;
    const all = node.require('buffer').Buffer.concat(this.hello);
    this.hello = [];
    this.begin();
    tls.feed(this.session, all);
    this.step();
  }
  shake() {
    const r = tls.handshake(this.session);
    this.flush();
    if (r === WAITING) return false;
    if (r !== 0) {
      this.fail(r);
      return false;
    }
    this.state = 'open';
    this.call(this.onhandshakedone);
    const { waiting } = this;
    this.waiting = [];
    for (const { req, bytes } of waiting) {
      const r = this.state === 'open' ? this.encrypt(bytes, (status) => this.finish(req, status)) : ECANCELED;
      if (r <= 0) this.finish(req, r);
    }
    return this.state === 'open';
  }
  fail(number) {
    const error = failure(this.session, number);
    this.state = 'ended';
    this.call(this.onerror, error);
  }
  call(callback, ...args) { return node.loop.call(this, () => callback?.apply(this, args)); }

  // bytes from below, and to the program
  receive(buffer) { this.fromBelow(buffer.byteLength, buffer); }
  fromBelow(nread, bytes) {
    if (nread > 0) {
      if (this.isServer && (this.state === 'idle' || this.state === 'asking')) return void this.receiveHello(bytes);
      if (!this.session) return;
      if (!tls.feed(this.session, bytes)) return void this.fail(-0x7f00);
    }
    this.step();
    if (nread <= 0) this.end(nread);
  }
  end(nread) {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.hand(nread);
  }
  hand(nread, bytes) {
    if (this.consumer && nread > 0) node.loop.call(this, this.consumer.onBytes, this.consumer, bytes, nread);
    else this.deliver(nread, bytes);
  }
  step() {
    if (this.isStepping || !this.session) return;
    this.isStepping = true;
    try {
      if (this.state === 'shaking' && !this.shake()) return;
      while (this.state === 'open' && this.isReading && !this.hasEnded) {
        const got = tls.read(this.session);
        if (got === WAITING) break;
        if (got === 0) this.end(EOF);
        else if (typeof got === 'number') this.fail(got);
        else {
          this.bytesRead += got.byteLength;
          this.hand(got.byteLength, got);
        }
      }
      if (this.session) this.flush();
    } finally {
      this.isStepping = false;
    }
  }
  readStart() {
    this.isReading = true;
    if (this.state === 'open') node.loop.later(() => this.step()); // what waited here while nobody read
    return this.below.readStart();
  }
  readStop() {
    this.isReading = false;
    return this.below.readStop();
  }

  // bytes from the program, and to below
  flush(done) {
    const bytes = tls.take(this.session);
    const [state, K] = node.streamState();
    state[K.kLastWriteWasAsync] = 0;
    if (!bytes) return 0;
    const r = this.below.write(request((status) => done?.(status)), new Uint8Array(bytes));
    return r;
  }
  encrypt(bytes, done) { // 0 if it is written, 1 if done() will tell, less: how it failed
    const [state, K] = node.streamState();
    if (tls.write(this.session, bytes) !== 0) return EPROTO;
    const r = this.flush(done);
    if (r !== 0) return r;
    if (state[K.kLastWriteWasAsync]) return 1;
    return 0;
  }
  write(req, bytes) {
    const [state, K] = node.streamState();
    let r = 1;
    this.bytesWritten += bytes.byteLength;
    if (this.state === 'ended') return ECANCELED;
    if (this.state === 'open') r = this.encrypt(bytes, (status) => this.finish(req, status));
    else this.waiting.push({ req, bytes });
    state[K.kBytesWritten] = bytes.byteLength;
    state[K.kLastWriteWasAsync] = r === 1 ? 1 : 0;
    return Math.min(r, 0);
  }
  get writeQueueSize() { return this.waiting.reduce((n, { bytes }) => n + bytes.byteLength, this.below?.writeQueueSize ?? 0); }
  shutdown(req) {
    if (this.session && this.state === 'open') {
      tls.end(this.session);
      this.flush();
    }
    return this.below.shutdown(request((status) => this.finish(req, status)));
  }
  destroySSL() {
    if (this.state === 'gone') return;
    this.state = 'gone';
    this.session = null;
    const { waiting } = this;
    this.waiting = [];
    for (const { req } of waiting) this.finish(req, ECANCELED);
  }

  // what came of it
  details() {
    if (!this.info && this.session && this.state === 'open') {
      const native = (this.sni_context ?? this.context).native;
      const found = tls.details(this.session);
      this.info = { ...found, chain: node.certificates.chain(found.chain, (name) => tls.trusted(native, name)), native };
    }
    return this.info ?? { flags: FLAG.missing, chain: [] };
  }
  verifyError() {
    const { flags, chain, native } = this.details();
    if ((flags & ~WRONG_NAME) === 0) return null;
    const code = verifyCode(flags, chain, (one) => tls.trusted(native, one.parts.subject.all) !== undefined);
    const hint = HINTED.has(code) ? '; if the root CA is installed locally, try running Node.js with --use-system-ca' : '';
    return Object.assign(new Error(VERIFY[code] + hint), { code });
  }
  getPeerCertificate(isDetailed) { return node.certificates.legacy(isDetailed ? this.details().chain : this.details().chain.slice(0, 1), isDetailed); }
  getPeerX509Certificate() { return this.details().chain[0]; }
  getX509Certificate() {
    const bytes = tls.own((this.sni_context ?? this.context).native, 0);
    return bytes && new node.certificates.Certificate(new Uint8Array(bytes));
  }
  getCertificate() { return this.getX509Certificate()?.toLegacy(); }
  getALPNNegotiatedProtocol() { return this.details().protocol ?? false; }
  getProtocol() { return this.state === 'open' ? 'TLSv1.2' : null; }
  getCipher() {
    const found = this.details().suite;
    const suite = found && { name: suiteName(found), standardName: found.replaceAll('-', '_'), version: 'TLSv1.2' };
    return suite ?? {};
  }
  getEphemeralKeyInfo() { return this.isServer ? null : {}; }
}
for (const name of ['endParser', 'loadSession', 'newSessionDone'])
  TLSWrap.prototype[name] = () => {}; // only asked for where there are sessions
for (const name of ['renegotiate', 'requestOCSP', 'setOCSPResponse', 'exportKeyingMaterial', 'getFinished', 'getPeerFinished', 'getSharedSigalgs',
                    'enablePskCallback', 'setPskIdentityHint'])
  TLSWrap.prototype[name] = () => { throw node.notImplemented(`tls: ${name}`); };

node.bind('tls_wrap', (binding) => {
  Object.assign(binding, { TLSWrap, HAVE_SSL_TRACE: false, wrap: (below, context, isServer) => new TLSWrap(below, context, isServer) });
});

node.bind('crypto', (binding) => {
  const blocks = (text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  let extra; // read once, as Node does
  Object.assign(binding, {
    SecureContext,
    getSSLCiphers: () => allSuites().map(({ name }) => name.toLowerCase()),
    getBundledRootCertificates: () => blocks(rootsText()),
    getExtraCACertificates() {
      const file = node.process.env.NODE_EXTRA_CA_CERTS;
      extra ??= file ? blocks(node.require('fs').readFileSync(file, 'latin1')) : [];
      return extra;
    },
  });
});
