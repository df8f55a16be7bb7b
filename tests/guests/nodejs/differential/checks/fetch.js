'use strict';
const http = require('http');
const crypto = require('crypto');
const zlib = require('zlib');
const { once } = require('events');

const routes = {
  '/redirect': (q, r) => r.writeHead(302, { location: '/echo?after' }).end(),
  '/redirect-308': (q, r) => r.writeHead(308, { location: '/echo' }).end(),
  '/loop': (q, r) => r.writeHead(301, { location: '/loop' }).end(),
  '/gzip': (q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('zipped '.repeat(100))),
  '/deflate': (q, r) => r.writeHead(200, { 'content-encoding': 'deflate' }).end(zlib.deflateSync('deflated')),
  '/br': (q, r) => r.writeHead(200, { 'content-encoding': 'br' }).end(zlib.brotliCompressSync('brotli')),
  '/bad-gzip': (q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
  '/cookies': (q, r) => r.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end(),
  '/empty': (q, r) => r.writeHead(204).end(),
  '/missing': (q, r) => r.writeHead(404, 'Not Here').end('nothing'),
  '/never': () => {},
  '/half': (q, r) => { r.writeHead(200, { 'content-length': 10 }); r.write('half'); setTimeout(() => q.socket.destroy(), 50); },
  '/no-http': (q) => q.socket.end('NO HTTP\r\n\r\n'),
  '/hint': (q, r) => { r.writeEarlyHints({ link: '</a>; rel=preload' }); r.end('hinted'); },
  async '/steps'(q, r) {
    for (const word of ['one', 'two', 'three']) {
      r.write(word);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    r.end();
  },
};

async function echo(q, r) {
  const chunks = [];
  for await (const chunk of q) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('latin1');
  const type = q.headers['content-type'];
  const boundary = /boundary=(.*)/.exec(type ?? '')?.[1];
  r.end(JSON.stringify({
    method: q.method, url: q.url, body: boundary ? body.replaceAll(boundary, 'B') : body.slice(0, 100), length: q.headers['content-length'],
    chunked: q.headers['transfer-encoding'], type: type?.replace(boundary, 'B'), connection: q.headers.connection, accept: q.headers.accept,
    agent: q.headers['user-agent'], encoding: q.headers['accept-encoding'], mode: q.headers['sec-fetch-mode'],
  }));
}

async function web(use) {
  let sockets = 0;
  const server = http.createServer((q, r) => (routes[q.url] ?? echo)(q, r)).on('connection', () => sockets++).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${server.address().port}`, () => sockets);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
const failure = async (promise) => { try { return await promise; } catch (e) { return [e.name, e.message, e.code, e.cause?.name, e.cause?.code, e.cause?.message]; } };
const text = (path, init) => () => web(async (at) => (await fetch(at + path, init)).text());

// As much of RFC 6455 as an echo needs: frames of less than 64 KiB, unfragmented.
function frame(opcode, bytes) {
  const head = bytes.length < 126 ? Buffer.from([0x80 | opcode, bytes.length]) : Buffer.from([0x80 | opcode, 126, bytes.length >> 8, bytes.length & 255]);
  return Buffer.concat([head, bytes]);
}
function serveSocket(q, socket) {
  const accept = crypto.createHash('sha1').update(`${q.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const protocol = q.headers['sec-websocket-protocol']?.split(',')[0];
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : ''}\r\n`);
  let left = Buffer.alloc(0);
  socket.on('error', () => {}).on('data', (chunk) => {
    left = Buffer.concat([left, chunk]);
    while (left.length >= 2) {
      let size = left[1] & 127, at = 2;
      if (size === 126) { if (left.length < 4) return; size = left.readUInt16BE(2); at = 4; }
      if (left.length < at + 4 + size) return;
      const mask = left.subarray(at, at + 4), bytes = Buffer.from(left.subarray(at + 4, at + 4 + size)).map((b, i) => b ^ mask[i & 3]);
      const opcode = left[0] & 15;
      left = left.subarray(at + 4 + size);
      socket.write(frame(opcode, bytes));
      if (opcode === 8) socket.end();
      else if (bytes.toString() === 'ping me') socket.write(frame(9, Buffer.from('p')));
    }
  });
}
async function webSocket(use, ...rest) {
  const server = http.createServer((q, r) => r.writeHead(400).end()).listen(0, '127.0.0.1');
  server.on('upgrade', (q, socket) => (q.url === '/refused' ? socket.end('HTTP/1.1 403 Forbidden\r\n\r\n') : serveSocket(q, socket)));
  await once(server, 'listening');
  try {
    return await use((path) => new WebSocket(`ws://127.0.0.1:${server.address().port}${path}`, ...rest));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
const event = (target, name) => new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));

module.exports = {
  get: text('/get?a=b'),
  post_json: text('/p', { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { 'content-type': 'application/json' } }),
  post_text: text('/p', { method: 'POST', body: 'ä' }),
  post_params: text('/p', { method: 'POST', body: new URLSearchParams({ a: '1', b: 'ü' }) }),
  post_bytes: text('/p', { method: 'POST', body: new Uint8Array([1, 2, 3]) }),
  post_blob: text('/p', { method: 'POST', body: new Blob(['blob'], { type: 'text/x' }) }),
  form: () => web(async (at) => { const f = new FormData(); f.append('a', 'b'); f.append('file', new Blob(['content'], { type: 'text/plain' }), 'name.txt'); return (await fetch(at, { method: 'POST', body: f })).json(); }),
  upload_stream: () => web(async (at) => (await fetch(at, { method: 'PUT', duplex: 'half', body: new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode('streamed')); c.close(); } }) })).json()),
  headers: () => web(async (at) => { const r = await fetch(`${at}/missing`); const { date, ...rest } = Object.fromEntries(r.headers); return [r.status, r.statusText, r.ok, r.type, r.redirected, r.bodyUsed, rest, typeof date, await r.text(), r.bodyUsed]; }),
  cookies: () => web(async (at) => (await fetch(`${at}/cookies`)).headers.getSetCookie()),
  empty: () => web(async (at) => { const r = await fetch(`${at}/empty`); return [r.status, r.body, await r.text()]; }),
  redirect: () => web(async (at) => { const r = await fetch(`${at}/redirect`, { method: 'POST', body: 'x' }); return [r.redirected, r.url.replace(at, ''), await r.json()]; }),
  redirect_308: () => web(async (at) => (await fetch(`${at}/redirect-308`, { method: 'POST', body: 'kept' })).json()),
  redirect_manual: () => web(async (at) => { const r = await fetch(`${at}/redirect`, { redirect: 'manual' }); return [r.status, r.type, r.headers.get('location')]; }),
  redirect_error: () => web((at) => failure(fetch(`${at}/redirect`, { redirect: 'error' }))),
  redirect_loop: () => web((at) => failure(fetch(`${at}/loop`))),
  gzip: () => web(async (at) => { const r = await fetch(`${at}/gzip`); return [r.headers.get('content-encoding'), (await r.text()).length]; }),
  deflate: text('/deflate'),
  brotli: text('/br'),
  bad_gzip: () => web((at) => failure(fetch(`${at}/bad-gzip`).then((r) => r.text()))),
  stream: () => web(async (at) => { let words = ''; for await (const chunk of (await fetch(`${at}/steps`)).body) words += Buffer.from(chunk); return words; }),
  cancel: () => web(async (at) => { const r = await fetch(`${at}/steps`); const reader = r.body.getReader(); const first = Buffer.from((await reader.read()).value).toString(); await reader.cancel(); return [first, r.bodyUsed]; }),
  early_hints: text('/hint'),
  abort: () => web((at) => { const c = new AbortController(); setTimeout(() => c.abort(), 30); return failure(fetch(`${at}/never`, { signal: c.signal })); }),
  abort_reason: () => web((at) => { const c = new AbortController(); setTimeout(() => c.abort(new Error('mine')), 30); return failure(fetch(`${at}/never`, { signal: c.signal })); }),
  abort_before: () => web((at) => failure(fetch(at, { signal: AbortSignal.abort() }))),
  timeout: () => web((at) => failure(fetch(`${at}/never`, { signal: AbortSignal.timeout(30) }))),
  half: () => web((at) => failure(fetch(`${at}/half`).then((r) => r.text()))),
  no_http: () => web((at) => failure(fetch(`${at}/no-http`))),
  refused: async () => { const s = http.createServer().listen(0, '127.0.0.1'); await once(s, 'listening'); const { port } = s.address(); s.close(); await once(s, 'close'); const r = await failure(fetch(`http://127.0.0.1:${port}`)); return r.map((w) => String(w).replace(port, 'PORT')); },
  bad_url: () => failure(fetch('no url')),
  bad_scheme: () => failure(fetch('ftp://127.0.0.1/')),
  bad_port: () => failure(fetch('http://127.0.0.1:1/')),
  get_with_body: () => failure(fetch('http://127.0.0.1/', { body: 'x' })),
  data_url: async () => { const r = await fetch('data:text/plain;base64,aGVsbG8='); return [r.headers.get('content-type'), await r.text()]; },
  blob_url: async () => { const u = URL.createObjectURL(new Blob(['blob'], { type: 'text/x' })); const r = await fetch(u); return [r.headers.get('content-type'), await r.text()]; },
  form_data: () => new Response(new URLSearchParams('a=1&b=2')).formData().then((f) => [...f]),
  multipart: () => { const f = new FormData(); f.append('a', new Blob(['x']), 'n'); return new Response(f).formData().then(async (g) => [g.get('a').name, await g.get('a').text()]); },
  clone: () => web(async (at) => { const r = await fetch(`${at}/get`); const c = r.clone(); return (await r.text()) === (await c.text()); }),
  used_twice: () => web(async (at) => { const r = await fetch(`${at}/get`); await r.text(); return failure(r.text()); }),
  keep_alive: () => web(async (at, sockets) => { for (let i = 0; i < 5; i++) await (await fetch(`${at}/${i}`)).text(); return sockets(); }),
  many: () => web(async (at) => { const all = await Promise.all(Array.from({ length: 40 }, (_, i) => fetch(`${at}/${i}`).then((r) => r.json()))); return all.map((a) => a.url).join(); }),
  big: () => web(async (at) => (await fetch(at, { method: 'POST', body: Buffer.alloc(2e6, 'x') })).json()),
  socket_echo: () => webSocket(async (open) => { const s = open('/'); await event(s, 'open'); s.send('hello ä'); const text = (await event(s, 'message')).data; s.binaryType = 'arraybuffer'; s.send(new Uint8Array([1, 2, 3])); const bytes = new Uint8Array((await event(s, 'message')).data); s.close(1000, 'done'); const c = await event(s, 'close'); return [text, bytes, c.code, c.reason, c.wasClean, s.readyState]; }),
  socket_blob: () => webSocket(async (open) => { const s = open('/'); await event(s, 'open'); s.send(new Blob(['a blob'])); const { data } = await event(s, 'message'); s.close(); return [data.constructor.name, await data.text()]; }),
  socket_long: () => webSocket(async (open) => { const s = open('/'); await event(s, 'open'); s.send('x'.repeat(60000)); const { data } = await event(s, 'message'); s.close(); return data.length; }),
  socket_ping: () => webSocket(async (open) => { const s = open('/'); await event(s, 'open'); s.send('ping me'); await event(s, 'message'); s.send('after'); const { data } = await event(s, 'message'); s.close(); return data; }),
  socket_protocol: () => webSocket(async (open) => { const s = open('/'); await event(s, 'open'); const p = [s.protocol, s.extensions, s.url.replace(/\d{4,}/, 'PORT')]; s.close(); return p; }, ['chat', 'other']),
  socket_refused: () => webSocket(async (open) => { const s = open('/refused'); const [e, c] = await Promise.all([event(s, 'error'), event(s, 'close')]); return [e.type, e.message, c.code, c.wasClean]; }),
  socket_bad_url: () => { try { new WebSocket('ftp://a'); } catch (e) { return [e.name, e.message, e.code]; } },
};
