'use strict';
// Certificates, read with Node's words for their parts.

const { der } = node;
const bufferOf = (bytes) => node.require('buffer').Buffer.from(bytes);
const EXTENSION = { altName: '2.5.29.17', constraints: '2.5.29.19', keyUsage: '2.5.29.15', extendedUsage: '2.5.29.37', access: '1.3.6.1.5.5.7.1.1' };
const NAMES = {
  '2.5.4.3': 'CN', '2.5.4.4': 'SN', '2.5.4.5': 'serialNumber', '2.5.4.6': 'C', '2.5.4.7': 'L', '2.5.4.8': 'ST', '2.5.4.9': 'street',
  '2.5.4.10': 'O', '2.5.4.11': 'OU', '2.5.4.12': 'title', '2.5.4.15': 'businessCategory', '2.5.4.17': 'postalCode', '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier', '1.2.840.113549.1.9.1': 'emailAddress', '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID', '1.3.6.1.4.1.311.60.2.1.1': 'jurisdictionL', '1.3.6.1.4.1.311.60.2.1.2': 'jurisdictionST',
  '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionC',
};
const SIGNATURES = {
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption', '1.2.840.113549.1.1.10': 'rsassaPss', '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption', '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption', '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384', '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512', '1.3.101.112': 'ED25519',
};
const ACCESS = { '1.3.6.1.5.5.7.48.1': 'OCSP', '1.3.6.1.5.5.7.48.2': 'CA Issuers' };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function textOf({ tag, body }) {
  const buffer = bufferOf(body);
  if (tag === 0x1e) return buffer.swap16().toString('utf16le'); // BMPString
  return buffer.toString(tag === 0x0c ? 'utf8' : 'latin1');
}

// [[name, value], ...] for each RDN
const namesOf = (value) => der.children(value).map((rdn) => der.children(rdn).map((pair) => {
  const [type, text] = der.children(pair);
  return [NAMES[der.oid(type)] ?? der.oid(type), textOf(text)];
}));
const escaped = (text) => text.replace(/[,+"\\<>;]|^[ #]| $/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, (c) => `\\${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
const namesText = (names) => names.map((rdn) => rdn.map(([name, text]) => `${name}=${escaped(text)}`).join(' + ')).join('\n');
function namesObject(names) {
  const object = Object.create(null);
  for (const [name, text] of names.flat()) object[name] = name in object ? [object[name], text].flat() : text;
  return object;
}

function timeOf({ tag, body }) {
  const text = bufferOf(body).toString('latin1');
  const [year, rest] = tag === 0x17 ? [(Number(text.slice(0, 2)) >= 50 ? 1900 : 2000) + Number(text.slice(0, 2)), text.slice(2)] :
    [Number(text.slice(0, 4)), text.slice(4)];
  const [month, day, hour, minute, second] = rest.match(/\d\d/g).map(Number);
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second ?? 0));
}
const two = (n) => String(n).padStart(2, '0');
const timeText = (date) => `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${two(date.getUTCHours())}:${
  two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${date.getUTCFullYear()} GMT`;

// What could be taken for a second entry is quoted, as Node does it since CVE-2021-44532.
const quoted = (text) => (/^[\x20-\x7e]*$/.test(text) && !/[",'\\]/.test(text) ? text : JSON.stringify(text).replace(/[\x7f-\xff]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`));
function addressText(bytes) {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return '<invalid>';
  return Array.from({ length: 8 }, (_, i) => (bytes[2 * i] << 8 | bytes[2 * i + 1]).toString(16).toUpperCase()).join(':');
}
function generalName(value) {
  switch (value.tag & 0x1f) {
    case 1: return `email:${quoted(bufferOf(value.body).toString('latin1'))}`;
    case 2: return `DNS:${quoted(bufferOf(value.body).toString('latin1'))}`;
    case 4: return `DirName:${quoted(namesOf(der.read(value.body)).flat().map(([name, text]) => `${name}=${text}`).join(','))}`;
    case 6: return `URI:${quoted(bufferOf(value.body).toString('latin1'))}`;
    case 7: return `IP Address:${addressText(value.body)}`;
    case 8: return `Registered ID:${der.oid(value)}`;
    default: return 'othername:<unsupported>';
  }
}

const hex = (bytes) => bufferOf(bytes).toString('hex').toUpperCase();
function fingerprint(name, bytes) {
  const digester = sys.crypto.digest(name);
  sys.crypto.update(digester, bytes);
  return hex(new Uint8Array(sys.crypto.finish(digester))).replace(/..(?=.)/g, '$&:');
}

class Certificate {
  constructor(bytes) {
    const [tbs, algorithm, signature] = der.children(der.read(bytes));
    const parts = der.children(tbs);
    if (parts[0].tag !== 0xa0) parts.unshift(null);
    const [, serial, , issuer, validity, subject, spki, ...rest] = parts;
    const [from, to] = der.children(validity);
    const extensions = rest.find((part) => part.tag === 0xa3);
    const hidden = { bytes, tbs, algorithm, signature, serial, issuer, subject, spki, from: timeOf(from), to: timeOf(to), extensions: new Map() };
    for (const one of extensions ? der.children(der.read(extensions.body)) : []) {
      const words = der.children(one);
      hidden.extensions.set(der.oid(words[0]), der.read(words.at(-1).body));
    }
    Object.defineProperty(this, 'parts', { value: hidden });
  }
  isIssuedBy(other) { return bufferOf(this.parts.issuer.all).equals(other.parts.subject.all); }
  subject() { return namesText(namesOf(this.parts.subject)) || undefined; }
  issuer() { return namesText(namesOf(this.parts.issuer)) || undefined; }
  altNames() {
    const value = this.parts.extensions.get(EXTENSION.altName);
    return value ? der.children(value) : [];
  }
  subjectAltName() { return this.parts.extensions.has(EXTENSION.altName) ? this.altNames().map(generalName).join(', ') : undefined; }
  infoAccess() {
    const value = this.parts.extensions.get(EXTENSION.access);
    return value && der.children(value).map((one) => {
      const [method, place] = der.children(one);
      return `${ACCESS[der.oid(method)] ?? der.oid(method)} - ${generalName(place)}`;
    }).join('\n');
  }
  validFrom() { return timeText(this.parts.from); }
  validTo() { return timeText(this.parts.to); }
  validFromDate() { return new Date(this.parts.from); }
  validToDate() { return new Date(this.parts.to); }
  fingerprint() { return fingerprint('sha1', this.parts.bytes); }
  fingerprint256() { return fingerprint('sha256', this.parts.bytes); }
  fingerprint512() { return fingerprint('sha512', this.parts.bytes); }
  keyUsage() {
    const value = this.parts.extensions.get(EXTENSION.extendedUsage);
    return value && der.children(value).map(der.oid);
  }
  serialNumber() { return hex(der.unsigned(this.parts.serial)); }
  signatureAlgorithmOid() { return der.oid(der.children(this.parts.algorithm)[0]); }
  signatureAlgorithm() { return SIGNATURES[this.signatureAlgorithmOid()]; }
  raw() { return bufferOf(this.parts.bytes); }
  pem() { return der.armour('CERTIFICATE', this.parts.bytes); }
  checkCA() {
    const value = this.parts.extensions.get(EXTENSION.constraints);
    const usage = this.parts.extensions.get(EXTENSION.keyUsage);
    const mayCertify = !usage || (usage.body[1] & 0x04) !== 0;
    return Boolean(value && mayCertify && der.children(value)[0]?.tag === 1 && der.children(value)[0].body[0]);
  }
  getIssuerCert() { return this.issuerHandle; }
  publicKey() { return node.publicKeyHandle(this.parts.spki.all); }
  checkPrivateKey(key) { return bufferOf(key.spki()).equals(this.parts.spki.all); }
  checkIssued(other) { return this.isIssuedBy(other); }
  verify(key) {
    const { tbs, signature } = this.parts;
    const [, kind, digest] = /^(?:(ecdsa)-with-|)sha(1|256|384|512)/i.exec(this.signatureAlgorithm() ?? '') ?? [];
    if (!digest || (key.getAsymmetricKeyType() === 'ec') !== (kind !== undefined)) return false;
    return node.verifySignature(key, `sha${digest}`, tbs.all, signature.body.subarray(1));
  }
  // undefined, or the name in the certificate that fits
  checkHost(name, flags) {
    const { checkServerIdentity } = node.require('tls');
    const names = this.altNames().filter(({ tag }) => (tag & 0x1f) === 2).map(({ body }) => bufferOf(body).toString('latin1'));
    const common = namesOf(this.parts.subject).flat().filter(([key]) => key === 'CN').map(([, text]) => text);
    const candidates = names.length > 0 || flags & 32 ? names : common;
    const allowed = flags & 2 ? candidates.filter((one) => !one.includes('*')) : candidates;
    return allowed.find((one) => checkServerIdentity(name, { subject: {}, subjectaltname: `DNS:${one}` }) === undefined);
  }
  checkEmail(email) {
    const names = this.altNames().filter(({ tag }) => (tag & 0x1f) === 1).map(({ body }) => bufferOf(body).toString('latin1'));
    const fromSubject = namesOf(this.parts.subject).flat().filter(([key]) => key === 'emailAddress').map(([, text]) => text);
    return (names.length > 0 ? names : fromSubject).includes(email) ? email : undefined;
  }
  checkIP(ip) {
    const wanted = node.internalBinding('cares_wrap').canonicalizeIP(ip);
    const found = this.altNames().some(({ tag, body }) => (tag & 0x1f) === 7 &&
      node.internalBinding('cares_wrap').canonicalizeIP(addressText(body).toLowerCase()) === wanted);
    return found ? ip : undefined;
  }
  keyDetails() {
    const [algorithm, bits] = der.children(this.parts.spki);
    const key = bits.body.subarray(1);
    const [type, curve] = der.children(algorithm);
    if (der.oid(type) === '1.2.840.113549.1.1.1') {
      const [modulus, exponent] = der.children(der.read(key)).map(der.unsigned);
      return { modulus: hex(modulus).replace(/^0+/, ''), bits: modulus.length * 8 - Math.clz32(modulus[0]) + 24,
               exponent: `0x${hex(exponent).toLowerCase().replace(/^0+/, '')}`, pubkey: bufferOf(this.parts.spki.all) };
    }
    const known = der.oid(type) === '1.2.840.10045.2.1' && node.curveByOid(der.oid(curve));
    return known ? { bits: known.bits, pubkey: bufferOf(key), asn1Curve: known.name, ...(known.nist && { nistCurve: known.nist }) } : {};
  }
  toLegacy() {
    const { modulus, exponent, pubkey, bits, asn1Curve, nistCurve } = this.keyDetails();
    return {
      subject: namesObject(namesOf(this.parts.subject)), issuer: namesObject(namesOf(this.parts.issuer)), subjectaltname: this.subjectAltName(),
      infoAccess: this.infoAccess(), ca: this.checkCA(), modulus, exponent, pubkey, bits, valid_from: this.validFrom(), valid_to: this.validTo(),
      fingerprint: this.fingerprint(), fingerprint256: this.fingerprint256(), fingerprint512: this.fingerprint512(),
      ext_key_usage: this.keyUsage(), serialNumber: this.serialNumber(), raw: this.raw(), asn1Curve, nistCurve,
    };
  }
}

// A chain as a peer sent it; trusted(name) gives the bytes of the certificate of that name.
node.certificates = {
  Certificate,
  chain(list, trusted) {
    const sent = list.map((bytes) => new Certificate(new Uint8Array(bytes)));
    const linked = [];
    for (let one = sent[0]; one && !linked.includes(one); one = one.issuerHandle) {
      linked.push(one);
      const find = () => {
        const bytes = trusted(one.parts.issuer.all);
        return bytes && new Certificate(new Uint8Array(bytes));
      };
      Object.defineProperty(one, 'issuerHandle', { value: one.isIssuedBy(one) ? one : sent.find((other) => one.isIssuedBy(other)) ?? find() });
    }
    return linked;
  },
  legacy(chain, isDetailed) {
    if (chain.length === 0) return undefined;
    const objects = chain.map((one) => one.toLegacy());
    if (isDetailed) {
      chain.forEach((one, i) => {
        const issuer = objects[chain.indexOf(one.issuerHandle)];
        if (issuer) objects[i].issuerCertificate = issuer;
      });
    }
    return objects[0];
  },
};

node.bind('crypto', (binding) => {
  binding.parseX509 = (buffer) => {
    const isPEM = bufferOf(buffer).includes('-----BEGIN');
    const block = isPEM && der.unarmour(bufferOf(buffer).toString('latin1'));
    try {
      return new Certificate(isPEM ? block.bytes : new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength).slice());
    } catch {
      throw Object.assign(new Error('error:0480006C:PEM routines::no start line'), {
        opensslErrorStack: ['error:0680009B:asn1 encoding routines::too long'], library: 'PEM routines', reason: 'no start line', code: 'ERR_OSSL_PEM_NO_START_LINE',
      });
    }
  };
});
