'use strict';
// What Node has from ICU and what needs none of its tables: decoding UTF-16, transcoding, the width of text on a terminal.

const FLUSH = 1, FATAL = 2, KEEPS_MARK = 4; // as in Node's internal/encoding
const ILLEGAL_ARGUMENT = 1; // of ICU's errors

const viewOf = (input) => (ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) :
  new Uint8Array(input));

class Utf16Decoder {
  constructor(label, flags) {
    this.label = label;
    this.isBig = label === 'utf-16be';
    this.isFatal = (flags & FATAL) !== 0;
    this.keepsMark = (flags & KEEPS_MARK) !== 0;
    this.reset();
  }

  reset() {
    this.rest = new Uint8Array(0); // what begins a character that goes on in the next chunk
    this.isAtStart = true;
  }

  decode(input, isLast) {
    const bytes = new Uint8Array(this.rest.length + input.length);
    bytes.set(this.rest);
    bytes.set(input, this.rest.length);
    let text = this.units(bytes);
    const isHalf = /[\uD800-\uDBFF]$/.test(text);
    const waits = bytes.length % 2 + (isHalf ? 2 : 0);
    if (isHalf) text = text.slice(0, -1);
    this.rest = bytes.slice(bytes.length - waits);
    if (isLast && waits > 0) text += '\uD800'; // is nothing whole
    if (this.isFatal && !text.isWellFormed()) {
      this.reset();
      throw new (node.require('internal/errors').codes.ERR_ENCODING_INVALID_ENCODED_DATA)(this.label, undefined);
    }
    if (this.isAtStart && !this.keepsMark && text[0] === '\uFEFF') text = text.slice(1);
    this.isAtStart &&= bytes.length === waits;
    if (isLast) this.reset();
    return text.toWellFormed();
  }

  units(bytes) {
    const whole = bytes.length & ~1;
    if (!this.isBig) return sys.ucs2Slice(bytes, 0, whole);
    const swapped = new Uint8Array(whole);
    for (let i = 0; i < whole; i++) swapped[i] = bytes[i ^ 1];
    return sys.ucs2Slice(swapped, 0, whole);
  }
}

const ENCODINGS = { ascii: /[^\0-\x7F]/gu, latin1: /[^\0-\xFF]/gu, binary: /[^\0-\xFF]/gu, utf8: null, ucs2: null, utf16le: null };

// Columns of a terminal: of what East Asian scripts and emoji take, and of what is drawn over the character before.
const WIDE = /[\u1100-\u115F\u231A\u231B\u2329\u232A\u23E9-\u23EC\u23F0\u23F3\u2E80-\u303E\u3041-\u3247\u3250-\u4DBF\u4E00-\uA4C6\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6B\uFF01-\uFF60\uFFE0-\uFFE6\u{1B000}-\u{1B2FF}\u{1F200}-\u{1F251}\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11FF]/u;

node.bind('icu', (binding) => Object.assign(binding, {
  hasConverter: (label) => label === 'utf-16le' || label === 'utf-16be',
  getConverter: (label, flags) => (binding.hasConverter(label) ? new Utf16Decoder(label, flags) : undefined),
  decode(decoder, input, flags) {
    return decoder.decode(viewOf(input), (flags & FLUSH) !== 0);
  },
  icuErrName: () => 'U_ILLEGAL_ARGUMENT_ERROR',
  transcode(source, from, to) {
    const { Buffer } = node.require('buffer');
    if (!(from in ENCODINGS) || !(to in ENCODINGS)) return ILLEGAL_ARGUMENT;
    const text = Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString(from);
    return Buffer.from(ENCODINGS[to] ? text.replace(ENCODINGS[to], '?') : text, to);
  },
  getStringWidth(text) {
    let width = 0;
    for (const character of text) width += WIDE.test(character) ? 2 : NO_WIDTH.test(character) ? 0 : 1;
    return width;
  },
}));
