'use strict';
// What a client and a program see of HTTP servers: bytes on the wire, objects, and the order of events.
const http = require('http');
const net = require('net');
const { AsyncLocalStorage, executionAsyncId } = require('async_hooks');
const { setTimeout: sleep } = require('timers/promises');

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const LAST = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

// Sends `pieces` one after the other, each when the answer to the one before has begun, and gives all that came back.
async function talk(listener, pieces, options = {}, prepare = () => {}) {
  const server = http.createServer(options, listener);
  prepare(server);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = net.connect(server.address().port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += data;
    if (pieces.length > 0) socket.write(pieces.shift());
  });
  socket.on('error', () => {});
  socket.write(pieces.shift());
  await new Promise((resolve) => socket.on('close', resolve));
  server.close();
  return text.replace(/Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g, 'Date: now');
}

const answer = (change) => talk((q, r) => {
  if (q.url === '/last') r.end();
  else change(r, q);
}, [GET, LAST]);

const names = (object) => Reflect.ownKeys(object).map(String);
const plain = (value) => (value === null || typeof value !== 'object' ? (typeof value === 'function' ? `function ${value.name}` : value) :
  Array.isArray(value) ? value.length : value.constructor?.name ?? 'null');
const dump = (object) => Reflect.ownKeys(object).filter((key) => !/kHeaders$|_header$|kState|async|BytesRead|BytesWritten/.test(String(key)))
  .map((key) => `${String(key)}=${String(plain(object[key]))}`).sort();

async function states(act) {
  const seen = [];
  let sockets;
  await talk((q, r) => {
    if (q.url === '/last') return r.end();
    const all = () => {
      sockets ??= q.socket;
      seen.push({ q: dump(q), state: dump(q._readableState), events: dump(q._events), r: dump(r), listens: dump(r._events),
                  incoming: [q.complete, q.readable, q.readableEnded, q.readableFlowing, q.readableAborted, q.closed, q.destroyed],
                  outgoing: [r.writableEnded, r.writableFinished, r.headersSent, r.closed, r.destroyed, r.writableLength,
                             r.writableCorked, r.writableNeedDrain, r.errored],
                  socket: [sockets.timeout, sockets._httpMessage === r, sockets.writableLength, sockets.destroyed,
                           sockets.listenerCount('close'), sockets.writable, sockets.readableFlowing] });
    };
    all();
    act(r, all);
    all();
    process.nextTick(all);
    setImmediate(all);
  }, [GET, LAST]);
  return seen;
}

module.exports = {
  hello: () => answer((r) => r.end('hello')),
  nothing: () => answer((r) => r.end()),
  empty_text: () => answer((r) => r.end('')),
  bytes: () => answer((r) => r.end(Buffer.from([0, 255, 10]))),
  array_of_bytes: () => answer((r) => r.end(new Uint8Array([65, 66]))),
  wide_text: () => answer((r) => r.end('é€😀')),
  half_a_pair: () => answer((r) => r.end('a\ud83d.')),
  latin1: () => answer((r) => r.end('é', 'latin1')),
  hex: () => answer((r) => r.end('4142', 'hex')),
  utf8_named: () => answer((r) => r.end('é', 'utf-8')),
  large: async () => {
    const text = await answer((r) => r.end('x'.repeat(3_000_000)));
    return [text.length > 3_000_000, text.slice(0, 40)];
  },
  status: () => answer((r) => { r.statusCode = 404; r.end('no'); }),
  status_message: () => answer((r) => { r.statusMessage = 'Fine'; r.end('no'); }),
  status_unknown: () => answer((r) => { r.statusCode = 299; r.end('no'); }),
  status_wrong: () => answer((r) => { r.statusCode = 42; try { r.end('x'); } catch (e) { r.statusCode = 200; r.end(e.code); } }),
  status_text: () => answer((r) => { r.statusCode = '201'; r.end('x'); }),
  no_content: () => answer((r) => { r.statusCode = 204; r.end(); }),
  no_content_with_body: () => answer((r) => { r.statusCode = 204; r.end('x'); }),
  not_modified: () => answer((r) => { r.statusCode = 304; r.setHeader('ETag', '"a"'); r.end(); }),
  head: () => talk((q, r) => r.end('hello'), ['HEAD / HTTP/1.1\r\nHost: a\r\n\r\n', LAST]),
  head_with_length: () => talk((q, r) => { r.setHeader('Content-Length', 5); r.end(); }, ['HEAD / HTTP/1.1\r\nHost: a\r\n\r\n', LAST]),
  headers: () => answer((r) => {
    r.setHeader('X-Case', 'a').setHeader('x-number', 7).setHeader('X-List', ['a', 'b']).setHeader('Set-Cookie', ['c=1', 'd=2']);
    r.end('x');
  }),
  header_replaced: () => answer((r) => { r.setHeader('X-A', '1'); r.setHeader('x-a', '2'); r.end('x'); }),
  header_removed: () => answer((r) => { r.setHeader('X-A', '1'); r.removeHeader('x-A'); r.end('x'); }),
  header_latin1: () => answer((r) => { r.setHeader('X-A', 'é'); r.end('é'); }),
  date_removed: () => answer((r) => { r.removeHeader('Date'); r.end('x'); }),
  date_set: () => answer((r) => { r.setHeader('Date', 'then'); r.end('x'); }),
  no_date: () => answer((r) => { r.sendDate = false; r.end('x'); }),
  length_set: () => answer((r) => { r.setHeader('Content-Length', '1'); r.end('x'); }),
  length_removed: () => answer((r) => { r.removeHeader('Content-Length'); r.end('x'); }),
  connection_close: () => talk((q, r) => { r.setHeader('Connection', 'close'); r.end('x'); }, [GET]),
  connection_kept: () => answer((r) => { r.setHeader('Connection', 'keep-alive'); r.end('x'); }),
  chunked_set: () => answer((r) => { r.setHeader('Transfer-Encoding', 'chunked'); r.end('abc'); }),
  trailers: () => answer((r) => { r.setHeader('Trailer', 'X-T'); r.write('a'); r.addTrailers({ 'X-T': '1' }); r.end(); }),
  write_head: () => answer((r) => { r.writeHead(201, { 'X-A': 'b', 'content-length': 2 }); r.end('ab'); }),
  write_head_reason: () => answer((r) => { r.setHeader('X-B', 'c'); r.writeHead(201, 'Made', { 'X-A': 'b' }); r.end('ab'); }),
  write_head_list: () => answer((r) => { r.writeHead(200, ['X-A', '1', 'X-A', '2']); r.end('ab'); }),
  write_head_alone: () => answer((r) => { r.writeHead(200); r.end(); }),
  writes: () => answer((r) => { r.write('a'); r.write('b'); r.end('c'); }),
  write_and_end: () => answer((r) => { r.write('a'); r.end(); }),
  write_later: () => answer(async (r) => { r.write('a'); await sleep(5); r.end('b'); }),
  flush_headers: () => answer((r) => { r.flushHeaders(); r.end('b'); }),
  cork: () => answer((r) => { r.cork(); r.write('a'); r.end('b'); }),
  end_with_callback: async () => {
    const seen = [];
    await answer((r) => r.end('x', (e) => seen.push('ended', e, r.writableFinished)));
    return seen;
  },
  end_twice: async () => {
    const seen = [];
    const text = await answer((r) => { seen.push(r.end('x') === r, r.end() === r); r.on('error', (e) => seen.push(e.code)); r.end('y', (e) => seen.push(e.code)); });
    return [seen, text];
  },
  write_after_end: async () => {
    const seen = [];
    await answer((r) => { r.on('error', (e) => seen.push(e.code)); r.end('x'); seen.push(r.write('y')); });
    return seen;
  },
  header_after_end: () => answer((r) => {
    r.end('x');
    for (const act of [() => r.setHeader('a', 'b'), () => r.removeHeader('a'), () => r.writeHead(200), () => r.appendHeader('a', 'b')])
      try { act(); } catch (e) { console.assert(e.code === 'ERR_HTTP_HEADERS_SENT', e); }
  }),
  header_errors: async () => {
    const seen = [];
    await answer((r) => {
      for (const args of [['', 'a'], ['a b', 'a'], [5, 'a'], ['a', undefined], ['a', 'x\ny'], ['a', '\u0100'], ['a', null], ['a', true], ['a', {}]])
        try { r.setHeader(...args); seen.push(r.getHeader('a')); } catch (e) { seen.push(`${e.name} ${e.code} ${e.message}`); }
      try { r.getHeader(5); } catch (e) { seen.push(e.code); }
      seen.push(r.getHeader('x'), r.getHeaderNames(), r.getHeaders(), r.hasHeader('A'));
      r.removeHeader('a');
      r.end();
    });
    return seen;
  },
  body_errors: async () => {
    const seen = [];
    await answer((r) => {
      for (const body of [5, {}, [], true, Symbol.iterator])
        try { r.end(body); } catch (e) { seen.push(`${e.code} ${e.message}`); }
      r.end();
    });
    return seen;
  },
  request_headers: async () => {
    const seen = [];
    await talk((q, r) => {
      seen.push(q.rawHeaders, q.headers, Object.keys(q.headers), { ...q.headersDistinct }, q.httpVersion, q.httpVersionMajor, q.method, q.url,
                q.trailers, q.rawTrailers, Object.getPrototypeOf(q.headers) === Object.prototype);
      r.end();
    }, ['OPTIONS /a?b#c HTTP/1.1\r\nHOST: a\r\nX-Two: 1\r\nx-two: 2\r\nCookie: a=1\r\ncookie: b=2\r\nSet-Cookie: c\r\nset-cookie: d\r\n' +
        'Content-Type: x\r\nContent-Type: y\r\nX-Empty:\r\nX-Space:  a b \t\r\nX-Latin: \xe9\r\n__proto__: p\r\nconstructor: c\r\n\r\n', LAST]);
    return seen;
  },
  many_headers: async () => {
    let seen;
    const lines = Array.from({ length: 60 }, (_, i) => `X-${i}: ${i}\r\n`).join('');
    await talk((q, r) => { seen ??= [q.rawHeaders.length, q.headers['x-59']]; r.end(); }, [`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`, LAST]);
    return seen;
  },
  no_host: () => talk((q, r) => r.end('x'), ['GET / HTTP/1.1\r\n\r\n']),
  http_1_0: () => talk((q, r) => r.end('x'), ['GET / HTTP/1.0\r\nHost: a\r\n\r\n']),
  http_1_0_kept: () => talk((q, r) => r.end('x'), ['GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n', LAST]),
  bad_request: () => talk((q, r) => r.end('x'), [GET, 'nonsense\r\n\r\n']),
  client_error: async () => {
    const seen = [];
    await talk((q, r) => r.end('x'), [GET, 'nonsense\r\n\r\n'], {}, (server) => server.on('clientError', (e, s) => {
      seen.push(e.code, e.bytesParsed, String(e.rawPacket));
      s.end('HTTP/1.1 400 Bad\r\n\r\n');
    }));
    return seen;
  },
  pipelined: () => talk((q, r) => r.end(q.url), ['GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n' + LAST]),
  pipelined_out_of_order: () => talk(async (q, r) => {
    if (q.url === '/1') await sleep(10);
    r.end(q.url);
  }, ['GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n' + LAST]),
  in_pieces: async () => {
    const server = http.createServer((q, r) => r.end(q.url)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    const socket = net.connect(server.address().port, '127.0.0.1');
    for (const piece of ['GE', 'T /x HT', 'TP/1.1\r\nHo', 'st: a\r', '\n\r', '\n']) {
      socket.write(piece);
      await sleep(3);
    }
    const [data] = await require('events').once(socket, 'data');
    socket.destroy();
    server.close();
    return String(data).slice(-6);
  },
  expect_continue: () => talk((q, r) => { q.resume().on('end', () => r.end('x')); },
                              ['POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n', 'ab', LAST]),
  expect_other: () => talk((q, r) => r.end('x'), ['GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n', LAST]),
  post: () => talk((q, r) => {
    const parts = [];
    q.on('data', (d) => parts.push(d)).on('end', () => r.end(Buffer.concat(parts)));
  }, ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', LAST.replace('GET', 'POST')]),
  post_chunked: () => talk(async (q, r) => {
    let text = '';
    for await (const d of q) text += d;
    r.end(`${text} ${JSON.stringify(q.trailers)}`);
  }, ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n', LAST]),
  post_unread: () => talk((q, r) => r.end(q.url), ['POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', LAST]),
  post_late: () => talk((q, r) => r.end(q.url), ['POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n', `abc${LAST}`]),
  get_read: () => talk((q, r) => { q.resume(); q.on('end', () => r.end('ended')); }, [GET, LAST]),
  get_read_later: () => talk(async (q, r) => {
    await null;
    let n = 0;
    for await (const d of q) n += d.length;
    r.end(`read ${n}`);
  }, [GET, LAST]),
  get_read_in_tick: () => talk((q, r) => {
    const seen = [];
    process.nextTick(() => {
      q.on('readable', () => seen.push('readable', q.read()));
      q.on('end', () => r.end(seen.join()));
    });
  }, [GET, LAST]),
  get_read_after_end: async () => {
    const seen = [];
    await talk((q, r) => {
      r.end('x');
      for (const name of ['data', 'end', 'close', 'error', 'aborted']) q.on(name, () => seen.push(name));
      r.on('close', () => seen.push('response close'));
    }, [GET, LAST]);
    return seen;
  },
  order: async () => {
    const seen = [];
    await talk((q, r) => {
      for (const name of ['prefinish', 'finish', 'close']) r.on(name, () => seen.push(`response ${name}`));
      for (const name of ['end', 'close', 'resume', 'pause', 'readable']) q.on(name, () => seen.push(`request ${name}`));
      process.nextTick(() => seen.push('tick before'));
      Promise.resolve().then(() => seen.push('job before'));
      r.end('x');
      process.nextTick(() => seen.push('tick after'));
      Promise.resolve().then(() => seen.push('job after'));
      queueMicrotask(() => seen.push(`micro ${r.writableFinished} ${r.closed} ${q.closed}`));
      seen.push('end');
    }, [GET, LAST]);
    return seen;
  },
  order_listening_late: async () => {
    const seen = [];
    await talk((q, r) => {
      if (q.url === '/last') return r.end();
      r.end('x');
      process.nextTick(() => {
        seen.push(r.writableFinished, r.closed, q.closed, q.destroyed);
        r.on('close', () => seen.push('response close'));
        q.on('close', () => seen.push('request close'));
      });
    }, [GET, LAST]);
    return seen;
  },
  order_in_promise: async () => {
    const seen = [];
    await talk(async (q, r) => {
      if (q.url === '/last') return r.end();
      await null;
      r.on('finish', () => seen.push('finish'));
      r.end('x');
      process.nextTick(() => seen.push('tick'));
      await null;
      seen.push(`job ${r.writableFinished} ${q.complete}`);
      await new Promise(setImmediate);
      seen.push(`immediate ${r.writableFinished} ${r.closed} ${q.closed}`);
    }, [GET, LAST]);
    return seen;
  },
  order_in_timer: async () => {
    const seen = [];
    await talk((q, r) => {
      if (q.url === '/last') return r.end();
      setTimeout(() => {
        r.end('x');
        process.nextTick(() => seen.push(`tick ${r.writableFinished} ${r.closed}`));
        setImmediate(() => seen.push(`immediate ${r.writableFinished} ${r.closed} ${q.closed}`));
      }, 2);
    }, [GET, LAST]);
    return seen;
  },
  listener_throws: async () => {
    const seen = [];
    process.once('uncaughtException', (e) => seen.push(e.message));
    const text = await talk((q, r) => {
      if (q.url === '/last') return r.end();
      r.on('finish', () => { throw new Error('in finish'); });
      r.end('x');
    }, [GET, LAST]);
    return [seen, text];
  },
  handler_throws: async () => {
    const seen = [];
    process.once('uncaughtException', (e) => seen.push(e.message));
    const text = await talk((q, r) => {
      if (q.url === '/last') return r.end('still here');
      r.end('x');
      throw new Error('in handler');
    }, [GET, LAST]);
    return [seen, text];
  },
  states_when_ended: () => states((r) => r.end('x')),
  states_when_open: () => states((r, all) => setTimeout(() => { r.end('x'); all(); setImmediate(all); }, 1)),
  states_with_listener: () => states((r) => { r.on('finish', () => {}); r.end('x'); }),
  keys: async () => {
    let seen;
    await talk((q, r) => { seen ??= [names(q), names(r), names(q._readableState), names(q.socket)].map((list) => list.slice().sort()); r.end(); }, [GET, LAST]);
    return seen;
  },
  methods_replaced: () => talk((q, r) => {
    const { writeHead, end, write } = r;
    r.writeHead = function(...args) { this.setHeader('X-Head', 'seen'); return writeHead.apply(this, args); };
    r.end = function(...args) { this.setHeader('X-End', 'seen'); return end.apply(this, args); };
    r.end('x');
  }, [GET, LAST]),
  emit_replaced: async () => {
    const seen = [];
    await talk((q, r) => {
      const { emit } = r;
      r.emit = function(name, ...args) { seen.push(name); return emit.call(this, name, ...args); };
      r.end('x');
    }, [GET, LAST]);
    return seen;
  },
  server_emit_replaced: async () => {
    const seen = [];
    await talk((q, r) => r.end('x'), [GET, LAST], {}, (server) => {
      const { emit } = server;
      server.emit = function(name, ...args) { seen.push(name); return emit.call(this, name, ...args); };
    });
    return seen;
  },
  subclasses: () => {
    class Request extends http.IncomingMessage { get kind() { return 'mine'; } }
    class Response extends http.ServerResponse { say(text) { this.end(text); } }
    return talk((q, r) => r.say(q.kind), [GET, LAST], { IncomingMessage: Request, ServerResponse: Response });
  },
  two_listeners: async () => {
    const seen = [];
    await talk((q, r) => r.end('x'), [GET, LAST], {}, (server) => {
      server.prependListener('request', () => seen.push('first'));
      server.on('request', (q, r) => seen.push(`second ${r.writableEnded}`));
    });
    return seen;
  },
  local_storage: async () => {
    const storage = new AsyncLocalStorage();
    const seen = [];
    await talk((q, r) => storage.run(q.url, () => {
      r.on('finish', () => seen.push(`finish ${storage.getStore()}`));
      setImmediate(() => { seen.push(`later ${storage.getStore()}`); r.end('x'); });
    }), [GET, LAST]);
    seen.push(storage.getStore());
    return seen;
  },
  async_ids: async () => {
    const seen = [];
    await talk((q, r) => { seen.push(executionAsyncId() > 0, typeof q.socket._handle.getAsyncId()); r.end('x'); }, [GET, LAST]);
    return seen;
  },
  signal: async () => {
    const seen = [];
    await talk((q, r) => {
      const { signal } = q;
      signal.onabort = () => seen.push('aborted');
      r.end('x');
      setImmediate(() => seen.push(signal.aborted));
    }, [GET, LAST]);
    return seen;
  },
  abort: async () => {
    const seen = [];
    const server = http.createServer((q, r) => {
      for (const name of ['aborted', 'close', 'error']) q.on(name, (e) => seen.push(`request ${name} ${e?.code}`));
      for (const name of ['close', 'finish']) r.on(name, () => seen.push(`response ${name} ${r.writableFinished} ${q.aborted}`));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    const socket = net.connect(server.address().port, '127.0.0.1', () => socket.write(GET));
    await new Promise((resolve) => server.on('request', resolve));
    socket.destroy();
    await sleep(30);
    server.close();
    return seen;
  },
  idle_timeout: async () => {
    const seen = [];
    const before = Date.now();
    await talk((q, r) => { seen.push(q.socket.timeout ?? 0); r.end('x'); setImmediate(() => seen.push(q.socket.timeout)); }, [GET],
               { keepAliveTimeout: 60, keepAliveTimeoutBuffer: 40 });
    const took = Date.now() - before;
    return [seen, took >= 95 && took < 2000];
  },
  idle_timeout_changed: async () => {
    const before = Date.now();
    await talk((q, r) => { r.end('x'); setImmediate(() => q.socket.setTimeout(300)); }, [GET], { keepAliveTimeout: 30, keepAliveTimeoutBuffer: 10 });
    const took = Date.now() - before;
    return took >= 280 && took < 3000;
  },
  socket_timeout: async () => {
    const seen = [];
    await talk((q, r) => { q.setTimeout(30, () => { seen.push('timeout'); q.socket.destroy(); }); }, [GET]);
    return seen;
  },
  no_keep_alive_timeout: () => talk((q, r) => r.end(String(q.socket.timeout)), [GET, LAST], { keepAliveTimeout: 0 }),
  max_requests: () => talk((q, r) => r.end('x'), [GET, GET, GET], { maxRequestsPerSocket: 2 }),
  connection_listener: async () => {
    const seen = [];
    const text = await talk((q, r) => r.end('x'), [GET, GET, LAST], {}, (server) => server.on('connection', (s) => s.on('close', () => seen.push('closed'))));
    return [seen, text];
  },
  close_idle: async () => {
    const server = http.createServer((q, r) => r.end('x')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.on('listening', resolve));
    const socket = net.connect(server.address().port, '127.0.0.1', () => socket.write(GET));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resume();
    await sleep(5);
    server.close();
    await new Promise((resolve) => socket.on('close', resolve));
    return 'closed';
  },
  get_connections: async () => {
    const seen = [];
    await talk((q, r) => q.socket.server.getConnections((e, n) => { seen.push(n); r.end('x'); }), [GET, LAST]);
    return seen;
  },
  upgrade: () => talk(() => {}, ['GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhead'], {}, (server) =>
    server.on('upgrade', (q, s, head) => s.end(`HTTP/1.1 101 Switching\r\n\r\n${head}`))),
  upgrade_after_a_request: () => talk((q, r) => r.end('x'), [GET, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'], {}, (server) =>
    server.on('upgrade', (q, s) => s.end('HTTP/1.1 101 Switching\r\n\r\n'))),
  channels: async () => {
    const { subscribe, unsubscribe } = require('diagnostics_channel');
    const seen = [];
    const listeners = ['http.server.request.start', 'http.server.response.created', 'http.server.response.finish'].map((name) => [name, () => seen.push(name)]);
    for (const [name, listener] of listeners) subscribe(name, listener);
    await talk((q, r) => r.end('x'), [GET, LAST]);
    for (const [name, listener] of listeners) unsubscribe(name, listener);
    return seen;
  },
  bytes_counted: async () => {
    const seen = [];
    await talk((q, r) => { r.sendDate = false; seen.push(q.socket.bytesRead, q.socket.bytesWritten); r.end('x'); seen.push(q.socket.bytesWritten); }, [GET, LAST]);
    return seen;
  },
};
