'use strict';
const stream = require('stream');
const { Readable, Writable, Transform, PassThrough, Duplex, pipeline, finished } = stream;
const { pipeline: pipe } = require('stream/promises');
const upper = () => new Transform({ transform(c, e, cb) { cb(null, c.toString().toUpperCase()); } });
const collect = async (s) => { const all = []; for await (const c of s) all.push(String(c)); return all; };
module.exports = {
  from: () => collect(Readable.from(['a', 'b'])),
  transform: () => collect(Readable.from(['a', 'b']).pipe(upper())),
  pipeline: async () => { const out = []; await pipe(Readable.from(['x', 'y']), upper(), new Writable({ write(c, e, cb) { out.push(String(c)); cb(); } })); return out; },
  pipeline_error: () => pipe(Readable.from(['a']), new Transform({ transform(c, e, cb) { cb(new Error('mid')); } }), new PassThrough()),
  pipeline_generator: async () => { const out = []; await pipe(Readable.from([1, 2]), async function* (s) { for await (const x of s) yield String(x * 2); }, async (s) => { for await (const x of s) out.push(String(x)); }); return out; },
  premature: () => new Promise((resolve) => { const r = new Readable({ read() {} }); finished(r, (e) => resolve([e.code, e.message])); r.destroy(); }),
  backpressure: () => { const w = new Writable({ highWaterMark: 3, write() {} }); return [w.write('ab'), w.write('cd'), w.writableLength, w.writableNeedDrain]; },
  highwater: () => [stream.getDefaultHighWaterMark(false), stream.getDefaultHighWaterMark(true)],
  object_mode: () => { const r = new Readable({ objectMode: true, read() {} }); r.push({ a: 1 }); r.push(null); return r.read(); },
  unshift: () => { const r = new Readable({ read() {} }); r.push('b'); r.unshift('a'); return String(r.read()); },
  encoding: () => { const r = new Readable({ read() {} }); r.setEncoding('utf8'); r.push(Buffer.from([0xE2, 0x82])); r.push(Buffer.from([0xAC])); return [r.read(), r.readableEncoding]; },
  write_after_end: () => new Promise((resolve) => { const w = new Writable({ write(c, e, cb) { cb(); } }); w.on('error', (e) => resolve([e.code, e.message])); w.end(); w.write('x'); }),
  push_after_eof: () => new Promise((resolve) => { const r = new Readable({ read() {} }); r.on('error', (e) => resolve(e.code)); r.push(null); r.push('x'); }),
  cork: () => new Promise((resolve) => { const w = new Writable({ writev(chunks, cb) { resolve(chunks.length); cb(); } }); w.cork(); w.write('a'); w.write('b'); w.uncork(); }),
  destroy: () => new Promise((resolve) => { const r = new Readable({ read() {} }); const l = []; r.on('error', (e) => l.push(e.message)).on('close', () => resolve(l)); r.destroy(new Error('d')); }),
  duplex_from: () => collect(Duplex.from(async function* () { yield 'q'; }())),
  helpers: async () => [await Readable.from([1, 2, 3, 4]).filter((x) => x % 2).map((x) => x * 10).toArray(), await Readable.from([1, 2, 3]).reduce((a, b) => a + b, 0)],
  compose: () => collect(stream.compose(Readable.from(['a']), upper())),
  web_readable: async () => { const r = new ReadableStream({ start(c) { c.enqueue('a'); c.enqueue('b'); c.close(); } }); const out = []; for await (const x of r) out.push(x); return out; },
  web_transform: async () => { const t = new TransformStream({ transform(c, k) { k.enqueue(c * 2); } }); const w = t.writable.getWriter(); w.write(4); w.close(); return (await t.readable.getReader().read()).value; },
  web_tee: async () => { const [a, b] = new ReadableStream({ start(c) { c.enqueue(1); c.close(); } }).tee(); return [(await a.getReader().read()).value, (await b.getReader().read()).value]; },
  web_bridge: async () => collect(Readable.fromWeb(new Blob(['hello']).stream())),
  text_stream: async () => { const out = []; for await (const x of new Blob(['é']).stream().pipeThrough(new TextDecoderStream())) out.push(x); return out; },
  compression_stream: async () => { const s = new Blob(['data data data']).stream().pipeThrough(new CompressionStream('gzip')).pipeThrough(new DecompressionStream('gzip')); return new Response(s).text(); },
  consumers: async () => [await require('stream/consumers').text(Readable.from(['a', 'b'])), await require('stream/consumers').json(Readable.from(['{"a":1}']))],
  flags: () => { const p = new PassThrough(); return [p.readable, p.writable, p.readableFlowing, p.destroyed, p.closed, p.errored]; },
  add_abort: async () => { const c = new AbortController(); const r = stream.addAbortSignal(c.signal, new Readable({ read() {} })); setTimeout(() => c.abort(), 1); return collect(r); },
  readline: async () => { const rl = require('readline').createInterface({ input: Readable.from(['one\ntw', 'o\r\nthree']) }); return collect(rl); },
};
