'use strict';
// Buffer, TextEncoder, TextDecoder, string_decoder.

const ENCODINGS = ['ascii', 'utf8', 'base64', 'utf16le', 'latin1', 'hex', 'buffer', 'base64url'];
const UTF8 = 1, UCS2 = 3;
const STRING_MAX = 2 ** 30 - 2;
const names = ['asciiSlice', 'base64Slice', 'base64urlSlice', 'latin1Slice', 'hexSlice', 'ucs2Slice', 'utf8Slice',
               'base64Write', 'base64urlWrite', 'hexWrite', 'ucs2Write', 'asciiWriteStatic', 'latin1WriteStatic',
               'utf8WriteStatic', 'byteLengthUtf8', 'compare', 'compareOffset', 'copy', 'swap16', 'swap32', 'swap64',
               'isUtf8', 'isAscii'];

function encodingNumber(encoding) {
  if (typeof encoding === 'number') return encoding;
  const name = `${encoding ?? 'utf8'}`.toLowerCase();
  const other = { 'utf-8': 'utf8', 'ucs2': 'utf16le', 'ucs-2': 'utf16le', 'utf-16le': 'utf16le', 'binary': 'latin1' };
  const number = ENCODINGS.indexOf(other[name] ?? name);
  return number < 0 ? UTF8 : number;
}

function indexOf(buffer, needle, offset, isForward, step) {
  const length = buffer.byteLength;
  if (needle.byteLength === 0) return Math.min(offset < 0 ? Math.max(0, offset + length) : offset, length);
  if (offset < 0) offset = offset + length < 0 ? (isForward ? 0 : -1) : offset + length;
  if (offset < 0) return -1;
  if (offset > length) {
    if (isForward) return -1;
    offset = length;
  }
  return sys.indexOf(buffer, needle, offset, isForward, step);
}

node.bind('buffer', (binding) => {
  for (const name of names) binding[name] = sys[name];
  Object.assign(binding, {
    kMaxLength: Number.MAX_SAFE_INTEGER, // what the memory cannot hold, ArrayBuffer refuses
    kStringMaxLength: STRING_MAX,
    setDetachKey() {},
    setBufferPrototype(prototype) { sys.setBufferPrototype(prototype); },
    createUnsafeArrayBuffer: (size) => new ArrayBuffer(size),
    copyArrayBuffer(to, toStart, from, fromStart, n) {
      new Uint8Array(to, toStart, n).set(new Uint8Array(from, fromStart, n));
    },
    fill(buffer, value, start, end, encoding) {
      if (start < 0 || end > buffer.byteLength) return -2;
      if (start >= end) return undefined;
      let pattern;
      if (typeof value === 'string') pattern = new Uint8Array(sys.encode(value, encodingNumber(encoding)));
      else if (ArrayBuffer.isView(value)) pattern = value;
      else pattern = Uint8Array.of(value & 255);
      if (pattern.byteLength === 0) return -1;
      sys.fillBytes(buffer, pattern, start, end);
      return undefined;
    },
    indexOfString(buffer, text, offset, encoding, isForward) {
      encoding = encodingNumber(encoding);
      return indexOf(buffer, new Uint8Array(sys.encode(text, encoding)), offset, isForward, encoding === UCS2 ? 2 : 1);
    },
    indexOfBuffer: (buffer, needle, offset, encoding, isForward) =>
      indexOf(buffer, needle, offset, isForward, encodingNumber(encoding) === UCS2 ? 2 : 1),
    indexOfNumber: (buffer, number, offset, isForward) => indexOf(buffer, Uint8Array.of(number), offset, isForward, 1),
    btoa: (text) => (/[^\0-\xFF]/.test(text) ? -1 : sys.base64Slice(new Uint8Array(sys.encode(text, 4)))),
    atob(text) {
      const packed = text.replace(/[\t\n\f\r ]/g, '');
      if (/[^A-Za-z0-9+/=]/.test(packed)) return -2;
      const digits = packed.length % 4 === 0 ? packed.replace(/={1,2}$/, '') : packed;
      if (digits.includes('=')) return -2;
      if (digits.length % 4 === 1) return -1;
      return sys.latin1Slice(new Uint8Array(sys.encode(digits, 2)));
    },
  });
});

node.bind('encoding_binding', (binding) => Object.assign(binding, {
  encodeInto: (text, target) => sys.encodeInto(text, target, binding.encodeIntoResults),
  encodeUtf8String: (text) => new Uint8Array(sys.encode(text, UTF8)),
  decodeUTF8(bytes, keepsMark, isFatal) {
    const text = sys.decodeUtf8(bytes, keepsMark, isFatal);
    if (text !== null) return text;
    const { ERR_ENCODING_INVALID_ENCODED_DATA: E } = node.require('internal/errors').codes;
    throw new E('utf-8', undefined);
  },
  toASCII: (domain) => sys.url.domainToASCII(domain),
  toUnicode: (domain) => sys.url.domainToUnicode(domain),
}));

// How many bytes at the end of `bytes` begin a character that goes on later.
function unfinished(bytes, encoding) {
  const n = bytes.length;
  if (encoding === UTF8) {
    for (let back = 1; back <= Math.min(3, n); back++) {
      const byte = bytes[n - back];
      if ((byte & 0xC0) === 0x80) continue;
      const size = byte >= 0xF0 && byte <= 0xF4 ? 4 : byte >= 0xE0 && byte < 0xF0 ? 3 : byte >= 0xC2 && byte < 0xE0 ? 2 : 1;
      if (size <= back) return 0;
      if (back > 1) { // what follows must be able to
        const next = bytes[n - back + 1];
        if ((byte === 0xE0 && next < 0xA0) || (byte === 0xED && next > 0x9F) || (byte === 0xF0 && next < 0x90) ||
            (byte === 0xF4 && next > 0x8F)) return 0;
      }
      return back;
    }
    return 0;
  }
  if (encoding === UCS2) {
    const odd = n % 2;
    const high = n - odd >= 2 && (bytes[n - odd - 1] & 0xFC) === 0xD8;
    return odd + (high ? 2 : 0);
  }
  return encoding === 2 || encoding === 7 ? n % 3 : 0;
}

const SLICES = ['asciiSlice', 'utf8Slice', 'base64Slice', 'ucs2Slice', 'latin1Slice', 'hexSlice', 'utf8Slice', 'base64urlSlice'];

node.bind('string_decoder', (binding) => {
  const { kBufferedBytes, kMissingBytes, kEncodingField } = binding;
  // The state is Node's, in a Buffer: at most 4 bytes that wait, how many, and how many are missing.
  Object.assign(binding, {
    decode(state, chunk) {
      if (typeof chunk === 'string') return chunk;
      const encoding = state[kEncodingField];
      const view = ArrayBuffer.isView(chunk) ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : chunk;
      if (!ArrayBuffer.isView(chunk)) {
        const { ERR_INVALID_ARG_TYPE: E } = node.require('internal/errors').codes;
        throw new E('buf', ['Buffer', 'TypedArray', 'DataView'], chunk);
      }
      let bytes = view;
      if (state[kBufferedBytes] > 0) {
        bytes = new Uint8Array(state[kBufferedBytes] + view.length);
        bytes.set(state.subarray(0, state[kBufferedBytes]));
        bytes.set(view, state[kBufferedBytes]);
      }
      const waits = unfinished(bytes, encoding);
      state.set(bytes.subarray(bytes.length - waits));
      state[kBufferedBytes] = waits;
      state[kMissingBytes] = waits === 0 ? 0 : encoding === UTF8 ?
        (state[0] >= 0xF0 ? 4 : state[0] >= 0xE0 ? 3 : 2) - waits : encoding === UCS2 ? waits % 2 || 2 : 3 - waits;
      return sys[SLICES[encoding]](bytes, 0, bytes.length - waits);
    },
    flush(state) {
      const encoding = state[kEncodingField];
      const waits = encoding === UCS2 ? state[kBufferedBytes] & ~1 : state[kBufferedBytes];
      const text = sys[SLICES[encoding]](state, 0, waits);
      state[kBufferedBytes] = state[kMissingBytes] = 0;
      return text;
    },
  });
});
