'use strict';
// What undici, Node's fetch() and WebSocket, sees as `WebAssembly`: no engine for it, but its one module, which is
// llhttp, as C (guest/response.c). Nobody else sees it.

const { response } = sys;
const WORDS = 1, WORDS_MAX = 256; // where the memory begins: with the reason of an error, and a NUL before and behind it

class Module {}

class Instance {
  constructor(module, { env }) {
    const memory = { buffer: new ArrayBuffer(WORDS_MAX) };
    this.exports = {
      memory,
      // undici has one buffer at a time.
      malloc(size) {
        memory.buffer = new ArrayBuffer(WORDS_MAX + size);
        return WORDS_MAX;
      },
      free() {},
      llhttp_alloc: () => response.alloc(env),
      llhttp_free() {},
      llhttp_execute: (parser, at, length) => response.execute(parser, memory.buffer, at, length),
      llhttp_finish: (parser) => response.execute(parser),
      llhttp_resume: response.resume,
      llhttp_get_error_pos: response.errorAt,
      llhttp_get_error_reason(parser) {
        const words = new Uint8Array(memory.buffer, 0, WORDS_MAX).fill(0);
        words.set(new Uint8Array(sys.encode(response.error(parser), 4)).subarray(0, WORDS_MAX - 2), WORDS);
        return WORDS;
      },
    };
  }
}

node.llhttpAsWebAssembly = { Module, Instance };
