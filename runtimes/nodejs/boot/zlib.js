'use strict';
// zlib's streams. Compressing does not wait for anything, so a "later" result is there at once, too.

node.bind('zlib', (binding) => {
  const Z_OK = 0, Z_STREAM_END = 1, Z_NEED_DICT = 2, Z_BUF_ERROR = -5, Z_DATA_ERROR = -3;
  const BROTLI_OPERATION_FINISH = 2;
  const Z_FINISH = 4, GUNZIP = 4, INFLATERAW = 6, DEFLATERAW = 5;
  const NAMES = { 2: 'Z_NEED_DICT', '-1': 'Z_ERRNO', '-2': 'Z_STREAM_ERROR', '-3': 'Z_DATA_ERROR', '-4': 'Z_MEM_ERROR',
                  '-5': 'Z_BUF_ERROR', '-6': 'Z_VERSION_ERROR' };
  const result = new Int32Array(3);

  // What the formats share. A subclass has step(...), false if it failed and has told, and end().
  class Compressor extends node.Resource {
    constructor(mode) {
      super();
      for (const key of ['mode', 'stream', 'state', 'callback', 'dictionary', 'isBusy', 'wantsClose', 'rejectsGarbage', 'parameters'])
        Object.defineProperty(this, key, { writable: true });
      this.mode = mode;
    }
    writeSync(...args) { this.step(...args); }
    write(...args) {
      this.isBusy = true;
      node.loop.later(() => this.complete(() => {
        this.isBusy = false;
        if (this.stream === undefined) return;
        const isFine = this.step(...args);
        if (isFine) this.callback();
        if (this.wantsClose) this.close();
      }));
    }
    close() {
      if (this.isBusy) {
        this.wantsClose = true;
        return;
      }
      if (typeof this.stream === 'object') this.end();
      this.stream = undefined;
    }
    params() {}
    _setAsyncBuffer() {}
  }

  class Zlib extends Compressor {
    init(windowBits, level, memLevel, strategy, state, callback, dictionary, rejectsGarbage) {
      this.state = state;
      this.callback = callback;
      this.dictionary = dictionary;
      this.rejectsGarbage = rejectsGarbage;
      this.stream = sys.zlib.open(this.mode, windowBits, level, memLevel, strategy);
      if (typeof this.stream === 'number') throw Object.assign(new Error('Init error'), { code: 'ERR_ZLIB_INITIALIZATION_FAILED' });
      // An inflating stream gets it when it asks for it, but a raw one cannot ask.
      if (dictionary && [1, DEFLATERAW, INFLATERAW].includes(this.mode)) this.setDictionary('Failed to set dictionary');
    }
    setDictionary(words) {
      const code = sys.zlib.dictionary(this.stream, this.dictionary);
      if (code !== Z_OK) this.fail(code, words);
      return code === Z_OK;
    }
    fail(code, message) { this.onerror(message, code, NAMES[code]); }
    // false if it failed, and has told
    step(flush, input, inAt, inLeft, output, outAt, outLeft) {
      let message = sys.zlib.step(this.stream, flush, input ?? null, inAt, inLeft, output, outAt, outLeft, result);
      let [code] = result;
      if (code === Z_NEED_DICT && this.dictionary) {
        const rest = result[2];
        if (sys.zlib.dictionary(this.stream, this.dictionary) !== Z_OK) return this.fail(Z_NEED_DICT, 'Bad dictionary') ?? false;
        message = sys.zlib.step(this.stream, flush, input, inAt + inLeft - rest, rest, output, outAt + outLeft - result[1], result[1], result);
        [code] = result;
      }
      // Another member may follow, unless it begins with a zero: that is padding.
      while (code === Z_STREAM_END && this.mode === GUNZIP && result[2] > 0 && input[inAt + inLeft - result[2]] !== 0 && !this.rejectsGarbage) {
        const rest = result[2], room = result[1];
        sys.zlib.reset(this.stream);
        message = sys.zlib.step(this.stream, flush, input, inAt + inLeft - rest, rest, output, outAt + outLeft - room, room, result);
        [code] = result;
      }
      this.state[0] = result[1];
      this.state[1] = result[2];
      switch (code) {
        case Z_OK: case Z_BUF_ERROR:
          if (result[1] !== 0 && flush === Z_FINISH) return this.fail(Z_BUF_ERROR, 'unexpected end of file') ?? false;
          return true;
        case Z_STREAM_END: return true;
        case Z_NEED_DICT: return this.fail(code, this.dictionary ? 'Bad dictionary' : 'Missing dictionary') ?? false;
        default: return this.fail(code, message ?? 'Zlib error') ?? false;
      }
    }
    params(level, strategy) {
      const code = sys.zlib.params(this.stream, level, strategy);
      if (code !== Z_OK && code !== Z_BUF_ERROR) this.fail(code, 'Failed to set parameters');
    }
    reset() {
      if (sys.zlib.reset(this.stream) !== Z_OK) this.fail(-2, 'Failed to reset stream');
    }
    end() { sys.zlib.end(this.stream); }
  }

  class Brotli extends Compressor {
    init(parameters, state, callback) {
      this.parameters = parameters;
      this.state = state;
      this.callback = callback;
      this.reset();
    }
    reset() {
      if (typeof this.stream === 'object') this.end();
      this.stream = sys.brotli.open(this.isEncoder);
      this.parameters.forEach((value, which) => {
        if (value === 0xFFFFFFFF || sys.brotli.parameter(this.stream, which, value)) return;
        throw Object.assign(new Error('Initialization failed'), { code: 'ERR_ZLIB_INITIALIZATION_FAILED' });
      });
    }
    end() { sys.brotli.end(this.stream); }
    step(flush, input, inAt, inLeft, output, outAt, outLeft) {
      const failed = sys.brotli.step(this.stream, flush, input ?? null, inAt, inLeft, output, outAt, outLeft, result);
      this.state[0] = result[1];
      this.state[1] = result[2];
      if (failed !== undefined) {
        this.onerror(this.isEncoder ? 'Compression failed' : 'Decompression failed', -5, `ERR_${failed.startsWith('_') ? failed : `_ERROR_FORMAT_${failed}`}`);
        return false;
      }
      if (!this.isEncoder && result[0] && flush === BROTLI_OPERATION_FINISH && result[1] !== 0) {
        this.onerror('unexpected end of file', Z_BUF_ERROR, 'Z_BUF_ERROR');
        return false;
      }
      return true;
    }
  }
  class BrotliEncoder extends Brotli { get isEncoder() { return true; } }
  class BrotliDecoder extends Brotli { get isEncoder() { return false; } }

  Object.assign(binding, { Zlib, BrotliEncoder, BrotliDecoder });
  binding.crc32 = (data, start = 0) =>
    sys.zlib.crc32(typeof data === 'string' ? new Uint8Array(sys.encode(data, 1)) : data, start);
  for (const name of ['ZstdCompress', 'ZstdDecompress'])
    binding[name] = class { constructor() { throw node.notImplemented('zlib zstd'); } };
});
