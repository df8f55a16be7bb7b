'use strict';
const http = require('http');
const net = require('net');
const dgram = require('dgram');
const dns = require('dns');
const { once } = require('events');

// Starts a server for one check, gives it to `use` with its port, and ends it.
async function served(server, use) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(server.address().port, server);
  } finally {
    server.closeAllConnections?.();
    server.close();
  }
}
const web = (handler, use) => served(http.createServer(handler), use);
const all = async (stream) => { let text = ''; for await (const c of stream) text += c; return text; };
function request(port, options = {}, body) {
  return new Promise((resolve, reject) => {
    const r = http.request({ host: '127.0.0.1', port, ...options }, async (res) => {
      const headers = { ...res.headers };
      delete headers.date;
      resolve({ status: res.statusCode, message: res.statusMessage, headers, body: await all(res) });
    });
    r.on('error', reject);
    r.end(body);
  });
}
// What comes back for raw bytes, until the server closes.
const raw = (port, bytes) => new Promise((resolve, reject) => {
  const s = net.connect(port, '127.0.0.1', () => s.write(bytes));
  let text = '';
  s.on('data', (c) => { text += c; }).on('end', () => resolve(text.replace(/Date: .*\r\n/g, ''))).on('error', reject);
});

module.exports = {
  get: () => web((q, r) => r.end('hi'), (p) => request(p)),
  post: () => web(async (q, r) => r.end(`${q.method} ${await all(q)}`), (p) => request(p, { method: 'POST' }, 'body')),
  headers: () => web((q, r) => { r.setHeader('X-A', ['1', '2']); r.writeHead(201, 'Made', { 'Set-Cookie': ['a=1', 'b=2'] }); r.end(JSON.stringify(q.headers['x-in'])); }, (p) => request(p, { headers: { 'X-In': 'v' } })),
  raw_headers: () => web((q, r) => r.end(q.rawHeaders.join('|')), (p) => raw(p, 'GET / HTTP/1.1\r\nHost: a\r\nX-Y:  z  \r\nConnection: close\r\n\r\n')),
  duplicate_headers: () => web((q, r) => r.end(JSON.stringify(q.headers)), async (p) => (await raw(p, 'GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nA: 2\r\nCookie: x\r\nCookie: y\r\nConnection: close\r\n\r\n')).split('\r\n\r\n')[1]),
  chunked_out: () => web((q, r) => { r.write('a'); r.end('b'); }, (p) => raw(p, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')),
  chunked_in: () => web(async (q, r) => r.end(await all(q)), (p) => raw(p, 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n')),
  http10: () => web((q, r) => r.end(q.httpVersion), (p) => raw(p, 'GET / HTTP/1.0\r\n\r\n')),
  pipelined: () => web((q, r) => r.end(q.url), (p) => raw(p, 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')),
  head: () => web((q, r) => r.end('body'), (p) => request(p, { method: 'HEAD' })),
  no_content: () => web((q, r) => { r.statusCode = 204; r.end(); }, (p) => request(p)),
  trailers: () => web((q, r) => { r.writeHead(200, { Trailer: 'X-T' }); r.write('a'); r.addTrailers({ 'X-T': 'end' }); r.end(); }, (p) => raw(p, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')),
  expect: () => web((q, r) => r.end('ok'), (p) => request(p, { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 0 } })),
  bad_request: () => web(() => {}, (p) => raw(p, 'NONSENSE\r\n\r\n')),
  no_host: () => web(() => {}, (p) => raw(p, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')),
  header_overflow: () => web(() => {}, (p) => raw(p, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20000)}\r\n\r\n`)),
  client_error: () => served(http.createServer(() => {}).on('clientError', (e, s) => s.end(`HTTP/1.1 418 T\r\n\r\n${e.code}`)), (p) => raw(p, 'BAD\r\n\r\n')),
  many_headers: () => web((q, r) => r.end(String(Object.keys(q.headers).length)), (p) => request(p, { headers: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-${i}`, `${i}`])) }).then((r) => r.body)),
  big_body: () => web(async (q, r) => r.end(String((await all(q)).length)), (p) => request(p, { method: 'PUT' }, 'x'.repeat(1e6)).then((r) => r.body)),
  upgrade: () => served(http.createServer().on('upgrade', (q, s, head) => s.end(`HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n${head}`)), (p) => raw(p, 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nheadbytes')),
  keep_alive: () => web((q, r) => r.end(q.headers.connection), async (p) => { const agent = new http.Agent({ keepAlive: true, maxSockets: 1 }); const a = await request(p, { agent }); const b = await request(p, { agent }); agent.destroy(); return [a.body, b.body, a.headers['keep-alive']]; }),
  agent_reuse: () => { let n = 0; const s = http.createServer((q, r) => r.end()); s.on('connection', () => n++); return served(s, async (p) => { const agent = new http.Agent({ keepAlive: true }); await request(p, { agent }); await new Promise((r) => setTimeout(r, 20)); await request(p, { agent }); agent.destroy(); return n; }); },
  invalid_header: () => web((q, r) => { try { r.setHeader('a b', 'x'); } catch (e) { r.end(e.code); } }, (p) => request(p).then((r) => r.body)),
  headers_sent: () => web((q, r) => { r.end('x'); try { r.setHeader('a', 'b'); } catch (e) { module.exports.last = e.code; } }, async (p) => { await request(p); return module.exports.last; }),
  timeout_client: () => web(() => {}, (p) => new Promise((resolve) => { const r = http.get({ host: '127.0.0.1', port: p, timeout: 20 }); r.on('timeout', () => r.destroy()).on('error', (e) => resolve([e.code, e.message])); })),
  abort_client: () => web(() => {}, (p) => new Promise((resolve) => { const c = new AbortController(); http.get({ host: '127.0.0.1', port: p, signal: c.signal }).on('error', (e) => resolve([e.name, e.code])); setTimeout(() => c.abort(), 5); })),
  refused: () => new Promise((resolve) => http.get('http://127.0.0.1:1/').on('error', (e) => resolve([e.code, e.syscall, e.address, e.port, e.message]))),
  status_codes: () => [http.STATUS_CODES[418], http.METHODS.length, http.maxHeaderSize],
  close_event: () => new Promise((resolve) => { const s = http.createServer().listen(0, () => s.close((e) => resolve(e ?? 'closed'))); }),
  fetch: () => web((q, r) => { r.setHeader('x-y', 'z'); r.end(JSON.stringify({ m: q.method })); }, async (p) => { const r = await fetch(`http://127.0.0.1:${p}/`, { method: 'POST', body: 'a' }); return [r.status, r.headers.get('x-y'), await r.json()]; }),
  fetch_classes: async () => { const r = new Response('{"a":1}', { status: 201, headers: { 'X-A': '1' } }); return [r.status, r.ok, [...r.headers], await r.json(), new Request('http://a/b').url]; },
  form_data: () => { const f = new FormData(); f.append('a', '1'); f.append('a', '2'); return [...f]; },
  net_type_of_service: () => served(net.createServer((s) => s.resume()), (p) => new Promise((resolve) => { const s = net.connect(p, '127.0.0.1', () => { const before = s.getTypeOfService(); s.setTypeOfService(16); resolve([before, s.getTypeOfService()]); s.destroy(); }); })),
  dgram_ttl: () => new Promise((resolve) => { const s = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => { const r = [s.setTTL(9), s.setMulticastTTL(3), s.setMulticastLoopback(false), s.setBroadcast(true)]; try { s.setTTL(0); } catch (e) { r.push(e.code, e.syscall); } s.close(); resolve(r); }); }),
  dgram_group: () => new Promise((resolve) => { const s = dgram.createSocket('udp4'); s.on('message', (m, from) => { s.dropMembership('239.7.7.7', '127.0.0.1'); s.close(); resolve([String(m), from.address]); }).bind(0, () => { s.addMembership('239.7.7.7', '127.0.0.1'); s.setMulticastInterface('127.0.0.1'); s.send('to all', s.address().port, '239.7.7.7'); }); }),
  dgram_source: () => new Promise((resolve) => { const s = dgram.createSocket('udp4'); s.on('message', (m) => { s.dropSourceSpecificMembership('127.0.0.1', '232.7.7.7', '127.0.0.1'); s.close(); resolve(String(m)); }).bind(0, () => { s.addSourceSpecificMembership('127.0.0.1', '232.7.7.7', '127.0.0.1'); s.setMulticastInterface('127.0.0.1'); s.send('from one', s.address().port, '232.7.7.7'); }); }),
  dgram_no_group: () => new Promise((resolve) => { const s = dgram.createSocket('udp4').bind(0, () => { try { s.addMembership('127.0.0.1'); } catch (e) { resolve([e.code, e.syscall]); } s.close(); }); }),
  net_echo: () => served(net.createServer((s) => s.pipe(s)), (p) => new Promise((resolve) => { const s = net.connect(p, '127.0.0.1'); let t = ''; s.setEncoding('utf8').on('data', (d) => { t += d; }).on('end', () => resolve([t, s.bytesRead, s.bytesWritten])); s.end('ping é'); })),
  net_half_open: () => served(net.createServer({ allowHalfOpen: true }, async (s) => { const t = await all(s); s.end(t.toUpperCase()); }), (p) => new Promise((resolve) => { const s = net.connect(p, '127.0.0.1'); let t = ''; s.on('data', (d) => { t += d; }).on('close', (e) => resolve([t, e])); s.end('abc'); })),
  net_big: () => served(net.createServer((s) => { let n = 0; s.on('data', (d) => { n += d.length; }).on('end', () => s.end(String(n))); }), (p) => new Promise((resolve) => { const s = net.connect({ port: p, host: '127.0.0.1', allowHalfOpen: true }); s.on('data', (d) => resolve(String(d))); s.end(Buffer.alloc(3e6)); })),
  net_addresses: () => served(net.createServer((s) => s.end(JSON.stringify([s.remoteFamily, s.localAddress]))), (p) => new Promise((resolve) => { const s = net.connect(p, '127.0.0.1', () => resolve([s.remoteAddress, s.remotePort === p, s.localFamily])); s.resume(); })),
  net_localhost: () => { const s = net.createServer((c) => c.end('l')); return new Promise((resolve) => s.listen(0, 'localhost', () => net.connect(s.address().port, 'localhost').on('data', (d) => { s.close(); resolve(String(d)); }))); },
  net_ipv6: () => { const s = net.createServer((c) => c.end('six')); return new Promise((resolve) => s.listen(0, '::1', () => net.connect(s.address().port, '::1').on('data', (d) => { s.close(); resolve([String(d), s.address ? 6 : 0]); }))); },
  net_refused: () => new Promise((resolve) => net.connect(1, '127.0.0.1').on('error', (e) => resolve([e.code, e.errno, e.message]))),
  net_in_use: () => served(net.createServer(), (p) => new Promise((resolve) => net.createServer().listen(p, '127.0.0.1').on('error', (e) => resolve([e.code, e.message.replace(p, 'PORT')])))),
  net_bad_port: () => net.connect(99999),
  net_destroy: () => served(net.createServer(), (p) => new Promise((resolve) => { const s = net.connect(p, '127.0.0.1', () => s.destroy(new Error('mine'))); s.on('error', (e) => resolve(e.message)); })),
  net_timeout: () => served(net.createServer(), (p) => new Promise((resolve) => { const s = net.connect(p, '127.0.0.1'); s.setTimeout(10, () => { s.destroy(); resolve('timeout'); }); })),
  net_unix: () => { const path = `${require('os').tmpdir()}/d-${process.pid}.sock`; const s = net.createServer((c) => c.end('u')); return new Promise((resolve) => s.listen(path, () => net.connect(path).on('data', (d) => { s.close(); resolve(String(d)); }))); },
  net_is_ip: () => ['1.2.3.4', '::1', '1.2.3', 'x', '::ffff:1.2.3.4'].map(net.isIP),
  net_block_list: () => { const b = new net.BlockList(); b.addSubnet('10.0.0.0', 8); return [b.check('10.1.2.3'), b.check('11.0.0.1')]; },
  udp: () => new Promise((resolve) => { const s = dgram.createSocket('udp4'); s.on('message', (m, r) => { s.close(); resolve([String(m), r.address, r.family, r.size]); }); s.bind(0, '127.0.0.1', () => s.send('dgram', s.address().port, '127.0.0.1')); }),
  udp_connected: () => new Promise((resolve) => { const s = dgram.createSocket('udp4'); s.on('message', (m) => { s.close(); resolve(String(m)); }); s.bind(0, '127.0.0.1', () => { const c = dgram.createSocket('udp4'); c.connect(s.address().port, '127.0.0.1', () => c.send('con', () => c.close())); }); }),
  udp_bad: () => dgram.createSocket('udp9'),
  dns_lookup: async () => [await dns.promises.lookup('localhost', 4), await dns.promises.lookup('127.0.0.1')],
  dns_missing: () => dns.promises.lookup('no-such-name.invalid'),
  dns_service: () => dns.getServers().length >= 0,
};
delete module.exports.last;
