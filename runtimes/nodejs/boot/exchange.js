'use strict';
// The kit of guest/exchange.c: Node serves a request here, while the runtime is built, and what is private in its
// library is found in the objects that it makes. It is installed behind Node's own classes.

const own = (object, description) => Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);

// The library's loggers, which find out when they are first called whether NODE_DEBUG names them: not while it is built.
function quietly(callback) {
  const { Socket } = node.require('net');
  const { _connectionListener } = node.require('_http_server');
  const users = [Socket.prototype._read, node.require('stream').Readable.prototype.push, node.require('http').OutgoingMessage.prototype.end,
                 sys.closureVariable(_connectionListener, 'connectionListenerInternal')];
  const loggers = users.map((user) => sys.closureVariable(user, 'debug'));
  for (const logger of loggers) sys.closureVariable(logger, 'enabled', false);
  callback();
  for (const logger of loggers) sys.closureVariable(logger, 'enabled', undefined);
}

// Node serves requests on a connection that goes nowhere. `onRequest` sees each before the program does.
function rehearse(onRequest) {
  const http = node.require('http');
  const { Socket } = node.require('net');
  const handle = new (node.internalBinding('tcp_wrap').TCP)(0);
  handle.readStart = handle.readStop = () => 0;
  handle.send = (bytes, at) => bytes.byteLength - at;
  const server = new http.Server({ keepAliveTimeout: 0 }, onRequest);
  const socket = new Socket({ handle, allowHalfOpen: true, readable: true, writable: true });
  socket.server = socket._server = server;
  handle.fd = Infinity; // it writes as if it were open
  server.emit('connection', socket);
  return { server, socket, handle, ask() {
    socket.parser.execute(node.require('buffer').Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
    node.loop.runTicks();
  } };
}

node.installExchange = () => quietly(install);

function install() {
  const { IncomingMessage, OutgoingMessage, ServerResponse, STATUS_CODES } = node.require('http');
  const { HTTPParser } = node.internalBinding('http_parser');
  const { allMethods } = node.internalBinding('http_parser');
  const { kOutHeaders, kNeedDrain } = node.require('internal/http');
  const { Writable } = node.require('stream');
  const { EventEmitter } = node.require('events');
  const { async_hook_fields, async_id_fields, async_ids_stack, execution_async_resources, constants } =
    node.internalBinding('async_wrap');
  const performance = node.internalBinding('performance');
  let req, res, request, response, state_begin, state_complete, state_idle, request_events, response_events, on_finish;

  const stage = rehearse((q, r) => {
    [req, res] = [q, r];
    r.sendDate = false; // the date is kept with a timer
    if (request) return;
    q[own(q, 'kHeaders')] = null; // it is made when it is asked for
    request = sys.clone(q);
    response = sys.clone(r);
    response.sendDate = true;
    state_begin = sys.clone(q._readableState);
    request_events = sys.clone(q._events);
    response_events = sys.clone(r._events);
    state_idle = r.socket._writableState[own(r.socket._writableState, 'kState')];
  });
  const { socket } = stage;
  stage.ask();
  const kState = own(req._readableState, 'kState');
  const close_listener = socket._events.close.at(-1);
  state_complete = req._readableState[kState];
  const finish = res._events.finish;
  res.end('x');
  node.loop.runTicks();
  const state_end = req._readableState[kState];
  const clear_incoming = req._events.end;
  const { onIncoming } = socket.parser;
  const on_execute = HTTPParser.kOnExecute | 0;

  stage.ask();
  socket.write = function(data, encoding, callback) {
    on_finish = sys.boundParts(callback)?.[0];
    delete socket.write;
    return socket.write(data, encoding, callback);
  };
  res.end('x');
  node.loop.runTicks();

  const channels = ['http.server.request.start', 'http.server.response.created', 'http.server.response.finish']
    .map((name) => node.require('diagnostics_channel').channel(name));
  const nothing = (n) => Array(n + 1).fill(undefined);
  const { end, getHeader, setHeader, writeHead } = ServerResponse.prototype;
  const isReady = sys.exchangeKit({
    corkedCount: own(response, 'corked'),
    kAbortSignalDetached: own(request, 'kAbortSignalDetached'), kAbortSignalSocket: own(request, 'kAbortSignalSocket'),
    kCapture: own(stage.server, 'kCapture'), kChunkedBuffer: own(response, 'kChunkedBuffer'),
    kEndCallbacks: own(response, 'kEndCallbacks'), kErrored: own(response, 'errored'), kHeaders: own(request, 'kHeaders'),
    kHeadersCount: own(request, 'kHeadersCount'), kNeedDrain, kOutHeaders,
    kRejectNonStandardBodyWrites: own(response, 'kRejectNonStandardBodyWrites'), kSocket: own(response, 'kSocket'), kState,
    kWritableFinished: own(response, 'kWritableFinished'), shapeMode: own(request, 'shapeMode'),

    request_template: Object.assign(request, { socket: null, client: null, _readableState: null, rawHeaders: null }),
    request_state: state_begin,
    request_events,
    response_template: Object.assign(response, { [own(response, 'kSocket')]: null, req: null, _onPendingData: null }),
    response_events: Object.assign(response_events, { finish: null }),
    finish_template: Function.prototype.bind.apply(sys.boundParts(finish)[0], nothing(5)),
    pending_template: Function.prototype.bind.apply(sys.boundParts(res._onPendingData)[0], nothing(2)),
    close_listener, clear_incoming, on_finish,
    emit_method: EventEmitter.prototype.emit,
    end_method: end, write_head: writeHead, set_header: setHeader, get_header: getHeader,
    implicit_header: ServerResponse.prototype._implicitHeader,
    finish_method: ServerResponse.prototype._finish,
    store_header: OutgoingMessage.prototype._storeHeader,
    send_method: OutgoingMessage.prototype._send,
    write_raw: OutgoingMessage.prototype._writeRaw,
    write_method: socket.write,
    incoming_destroy: IncomingMessage.prototype.destroy,
    add_header_line: IncomingMessage.prototype._addHeaderLine,
    status_codes: STATUS_CODES, methods: allMethods, channels, inactive_channel: Object.getPrototypeOf(channels[0]),
    resources: execution_async_resources, process: node.process, next_tick: node.process.nextTick,
    uncaught: node.uncaught,
    run_ticks(error) {
      if (error !== undefined) node.uncaught(error);
      node.loop.runTicks();
    },
    on_execute(parsed) { return this[on_execute]?.(parsed); },
    // The end of a response that the socket did not take at once.
    write_rest(message, connection, bytes, stream, failure) {
      stream.failure = failure;
      connection.write(node.require('buffer').Buffer.from(bytes), on_finish.bind(undefined, message));
    },
    expire: (connection) => node.loop.call(null, () => connection._onTimeout()),

    state_begin: state_begin[kState], state_complete, state_end, state_idle,
    n_hook_totals: constants.kTotals, stack_length: constants.kStackLength,
    execution_id: constants.kExecutionAsyncId, trigger_id: constants.kTriggerAsyncId,
    http_observer: performance.constants.NODE_PERFORMANCE_ENTRY_TYPE_HTTP,
    hook_fields: async_hook_fields, ids: async_id_fields, id_stack: async_ids_stack, ticks: node.tickInfo,
    observers: performance.observerCounts, loop: node.loop.shared,
  });
  if (!isReady) throw new Error('the exchange kit is not complete');
  Object.assign(OutgoingMessage.prototype, { end: sys.endResponse, setHeader: sys.setHeader, getHeader: sys.getHeader });

  // Is the connection's parser one that Node's own HTTP server has set up, without options that change what is made?
  const parserOnIncoming = sys.boundParts(onIncoming)[0];
  const { kOnHeadersComplete } = HTTPParser;
  const onHeadersComplete = socket.parser[kOnHeadersComplete];
  const settings = ['IncomingMessage', 'ServerResponse', 'kOptimizeEmptyRequests', 'kUniqueHeaders']
    .map((name) => [own(stage.server, name), stage.server[own(stage.server, name)]]);
  node.attachExchange = (parser, handle) => {
    const { server, writableHighWaterMark, readableHighWaterMark } = parser.socket ?? {};
    if (server === undefined || handle.below /* TLS */ || parser[kOnHeadersComplete] !== onHeadersComplete || parser.socket._handle !== handle ||
        sys.boundParts(parser.onIncoming)?.[0] !== parserOnIncoming || server.joinDuplicateHeaders ||
        server.rejectNonStandardBodyWrites || settings.some(([key, value]) => server[key] !== value) ||
        writableHighWaterMark !== socket.writableHighWaterMark || readableHighWaterMark !== socket.readableHighWaterMark)
      return;
    const { close } = parser.socket._events;
    if (typeof close !== 'function') return; // somebody listens besides Node
    parser.socket.on('close', close_listener);
    parser.closePair = parser.socket._events.close;
    parser.socket._events.close = close;
    sys.attachExchange(parser);
  };
}
