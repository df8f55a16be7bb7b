'use strict';
const zlib = require('zlib');
const text = 'the quick brown fox '.repeat(50);
const round = (a, b) => b(a(text)).toString() === text;
module.exports = {
  gzip: () => round(zlib.gzipSync, zlib.gunzipSync),
  deflate: () => [round(zlib.deflateSync, zlib.inflateSync), zlib.deflateSync('abc').toString('hex')],
  raw: () => [round(zlib.deflateRawSync, zlib.inflateRawSync), zlib.deflateRawSync('abc').toString('hex')],
  unzip: () => [zlib.unzipSync(zlib.gzipSync('a')).toString(), zlib.unzipSync(zlib.deflateSync('b')).toString()],
  brotli: () => [round(zlib.brotliCompressSync, zlib.brotliDecompressSync), zlib.brotliCompressSync('abc').toString('hex')],
  brotli_quality: () => zlib.brotliCompressSync(text, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }).length < text.length,
  levels: () => [0, 1, 9].map((level) => zlib.inflateSync(zlib.deflateSync(text, { level })).length),
  callback: () => new Promise((resolve) => zlib.gzip('abc', (e, b) => zlib.gunzip(b, (f, r) => resolve([e, f, String(r)])))),
  bad_header: () => zlib.gunzipSync('nope'),
  truncated: () => zlib.gunzipSync(zlib.gzipSync(text).subarray(0, 20)),
  bad_brotli: () => zlib.brotliDecompressSync(Buffer.from([0xff, 0xff, 0xff])),
  members: () => zlib.gunzipSync(Buffer.concat([zlib.gzipSync('a'), zlib.gzipSync('b')])).toString(),
  dictionary: () => zlib.inflateSync(zlib.deflateSync('hello hello', { dictionary: Buffer.from('hello') }), { dictionary: Buffer.from('hello') }).toString(),
  dictionary_missing: () => zlib.inflateSync(zlib.deflateSync('hello', { dictionary: Buffer.from('hello') })),
  dictionary_wrong: () => zlib.inflateSync(zlib.deflateSync('hello', { dictionary: Buffer.from('hello') }), { dictionary: Buffer.from('other') }),
  stream: async () => { const out = []; for await (const c of require('stream').Readable.from([text, text]).pipe(zlib.createGzip()).pipe(zlib.createGunzip())) out.push(c); return Buffer.concat(out).length; },
  flush: () => new Promise((resolve) => { const d = zlib.createDeflate(); const out = []; d.on('data', (c) => out.push(c)); d.write('abc'); d.flush(() => resolve(Buffer.concat(out).toString('hex'))); }),
  params: () => new Promise((resolve) => { const d = zlib.createDeflate(); d.resume(); d.params(9, 0, (e) => resolve(e ?? 'ok')); }),
  max_output: () => zlib.inflateSync(zlib.deflateSync(text), { maxOutputLength: 10 }),
  bad_option: () => zlib.deflateSync('a', { level: 99 }),
  crc32: () => [zlib.crc32('hello'), zlib.crc32('lo', zlib.crc32('hel'))],
  zstd: () => zlib.zstdDecompressSync(zlib.zstdCompressSync('abc')).toString(),
  constants: () => [zlib.constants.Z_BEST_COMPRESSION, zlib.constants.BROTLI_MAX_QUALITY, Object.keys(zlib.codes).length],
};
