'use strict';
// net, tty, dgram and the standard streams: libuv's handles over sockets that never block.

const { sockets, files } = sys;
const READABLE = 1, WRITABLE = 2;
const EBADF = -9, EAGAIN = -11, EOF = -4095, EINVAL = -22, ECANCELED = -125, ENOTCONN = -107, EAFNOSUPPORT = -97;
const OPTION = { noDelay: 0, keepAlive: 1, broadcast: 2, receiveSize: 3, sendSize: 4, v6only: 5, reuse: 6 };
const IP_OPTION = { // for IPv4, for IPv6
  ttl: [7, 11], multicastTTL: [8, 12], multicastLoopback: [9, 13], typeOfService: [10, 14],
};
const UTF8 = 1, UCS2 = 3, LATIN1 = 4;
const READ_CHUNK = 65536;

let state, K; // streamBaseState, and the places in it

class Request extends node.Resource {}
class WriteWrap extends Request {}
class ShutdownWrap extends Request {}

class Handle extends node.Resource {
  constructor() {
    super();
    this.fd = -1;
    this.events = 0;
    this.isRef = true;
    this.isClosing = false;
    for (const key of ['events', 'isRef', 'isClosing']) Object.defineProperty(this, key, { enumerable: false });
  }
  ref() { this.setRef(true); }
  unref() { this.setRef(false); }
  hasRef() { return this.isRef && !this.isClosing; }
  // An option that has a name for each kind of address.
  ipOption([v4, v6]) { return sockets.localName(this.fd)[2] === 6 ? v6 : v4; }
  setIP(names, value) { return this.fd < 0 ? EBADF : Math.min(0, sockets.option(this.fd, this.ipOption(names), Number(value))); }
  setRef(isRef) {
    this.isRef = isRef;
    this.watch(this.events);
  }
  watch(events) {
    this.events = events;
    if (this.fd < 0) return;
    if (events === 0) node.loop.unwatch(this.fd);
    else node.loop.watch(this.fd, events, this, this.isRef);
  }
  close(callback) {
    if (this.isClosing) return;
    this.isClosing = true;
    this.watch(0);
    this.onClosing?.();
    if (this.fd > 2) files.close(this.fd);
    this.fd = -1;
    node.loop.afterwards(() => {
      this.onClosed?.();
      if (typeof callback === 'function') this.complete(callback);
      const after = this[node.handleOnClose];
      if (after) this.complete(after);
    });
  }
}

node.Handle = Handle;

// Bytes in both directions, as node::StreamBase.
class Stream extends Handle {
  constructor() {
    super();
    Object.assign(this, { bytesRead: 0, bytesWritten: 0, reading: false });
    const hidden = { queue: [], shutdownReq: null, consumer: null, isReading: false, failure: 0, readFailure: 0 };
    for (const key of Object.keys(hidden)) Object.defineProperty(this, key, { value: hidden[key], writable: true });
  }
  get writeQueueSize() { return this.queue.reduce((n, item) => n + item.bytes.byteLength - item.at, 0); }

  readStart() {
    if (this.isClosing || this.fd < 0) return ENOTCONN;
    this.isReading = true;
    this.watch(this.events | READABLE);
    return 0;
  }
  readStop() {
    this.isReading = false;
    this.watch(this.events & ~READABLE);
    return 0;
  }
  useUserBuffer(buffer) { this.userBuffer = buffer; }

  onEvent(happened) {
    if (happened & WRITABLE && this.events & WRITABLE) this.onWritable();
    if (happened & READABLE && this.isReading) this.onReadable();
  }
  receive() {
    if (this.readFailure) { // guest/serve.c has met it
      const failure = this.readFailure;
      this.readFailure = 0;
      return failure;
    }
    if (this.fd > 2) return sockets.recv(this.fd);
    const bytes = new Uint8Array(READ_CHUNK);
    const n = files.read(this.fd, bytes, 0, READ_CHUNK, -1);
    return n < 0 ? n : bytes.buffer.slice(0, n);
  }
  onReadable() {
    const got = this.receive();
    if (got === EAGAIN) return;
    const nread = typeof got === 'number' ? got : got.byteLength === 0 ? EOF : got.byteLength;
    if (nread > 0) this.bytesRead += nread;
    else this.readStop();
    if (this.consumer && nread > 0) node.loop.call(this, this.consumer.onBytes, this.consumer, got, nread);
    else this.deliver(nread, nread > 0 ? got : undefined);
  }
  deliver(nread, bytes) {
    node.loop.call(this, () => {
      state[K.kReadBytesOrError] = nread;
      state[K.kArrayBufferOffset] = 0;
      if (this.userBuffer && nread > 0) {
        this.userBuffer.set(new Uint8Array(bytes));
        const next = this.onread(nread);
        if (next) this.userBuffer = next;
        return;
      }
      this.onread(bytes);
    });
  }

  send(bytes, at) {
    if (this.failure) return this.failure; // guest/respond.c has met it
    return this.fd > 2 ? sockets.send(this.fd, bytes, at) : files.write(this.fd, bytes, at, bytes.byteLength - at, -1);
  }
  write(req, bytes) {
    const total = bytes.byteLength;
    let at = 0;
    state[K.kBytesWritten] = total;
    state[K.kLastWriteWasAsync] = 0;
    this.bytesWritten += total;
    if (this.fd < 0) return ENOTCONN;
    if (this.queue.length === 0) {
      while (at < total) {
        const n = this.send(bytes, at);
        if (n === EAGAIN) break;
        if (n < 0) return n;
        at += n;
      }
      if (at === total) return 0;
    }
    state[K.kLastWriteWasAsync] = 1;
    this.queue.push({ req, bytes, at });
    this.watch(this.events | WRITABLE);
    return 0;
  }
  writeBuffer(req, buffer) { return this.write(req, buffer); }
  writeText(req, text, encoding) { return this.write(req, new Uint8Array(sys.encode(text, encoding))); }
  writeUtf8String(req, text) { return this.writeText(req, text, UTF8); }
  writeLatin1String(req, text) { return this.writeText(req, text, LATIN1); }
  writeAsciiString(req, text) { return this.writeText(req, text, LATIN1); }
  writeUcs2String(req, text) { return this.writeText(req, text, UCS2); }
  writev(req, chunks, allBuffers) {
    const { Buffer } = node.require('buffer');
    if (allBuffers) return this.write(req, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    const buffers = [];
    for (let i = 0; i < chunks.length; i += 2)
      buffers.push(typeof chunks[i] === 'string' ? Buffer.from(chunks[i], chunks[i + 1]) : chunks[i]);
    return this.write(req, Buffer.concat(buffers));
  }
  onWritable() {
    while (this.queue.length > 0) {
      const item = this.queue[0];
      const n = this.send(item.bytes, item.at);
      if (n === EAGAIN) return;
      if (n >= 0) item.at += n;
      if (n >= 0 && item.at < item.bytes.byteLength) continue;
      this.queue.shift();
      this.finish(item.req, n < 0 ? n : 0);
    }
    this.watch(this.events & ~WRITABLE);
    if (this.shutdownReq) this.shutdownNow();
  }
  finish(req, status) { req.complete(req.oncomplete, status, this, undefined); }
  shutdown(req) {
    this.shutdownReq = req;
    if (this.queue.length === 0) this.shutdownNow();
    return 0;
  }
  shutdownNow() {
    const req = this.shutdownReq;
    this.shutdownReq = null;
    const status = this.fd > 2 ? sockets.shutdown(this.fd) : 0;
    node.loop.later(() => this.finish(req, this.isClosing ? ECANCELED : status === ENOTCONN ? 0 : Math.min(status, 0)));
  }
  onClosed() {
    const { queue, shutdownReq } = this;
    this.queue = [];
    this.shutdownReq = null;
    for (const { req } of queue) this.finish(req, ECANCELED);
    if (shutdownReq) this.finish(shutdownReq, ECANCELED);
    this.onAborted?.();
  }
}
Object.defineProperty(Stream.prototype, 'isStreamBase', { value: true });

// What listens and connects: TCP and Unix-domain sockets.
class Connector extends Stream {
  constructor(type) {
    super();
    Object.defineProperty(this, 'connecting', { value: null, writable: true });
    Object.defineProperty(this, 'isServer', { value: false, writable: true });
    Object.defineProperty(this, 'delayed', { value: 0, writable: true }); // an error that listen() tells, as libuv does
  }
  open(fd) {
    this.fd = fd;
    return 0;
  }
  ensure(family) {
    if (this.fd >= 0) return 0;
    const fd = sockets.socket(family, false);
    if (fd < 0) return fd;
    this.fd = fd;
    return 0;
  }
  bindTo(family, address, port) {
    const failed = this.ensure(family);
    if (failed) return failed;
    const r = sockets.bind(this.fd, address, port);
    if (r === -98 && port >= 0) {
      this.delayed = r;
      return 0;
    }
    return Math.min(r, 0);
  }
  listen(backlog) {
    if (this.delayed) return this.delayed;
    const failed = this.ensure(4);
    if (failed) return failed;
    const r = sockets.listen(this.fd, backlog);
    if (r < 0) return r;
    this.isServer = true;
    this.watch(READABLE);
    return 0;
  }
  connectTo(req, family, address, port) {
    const failed = this.ensure(family);
    if (failed) return failed;
    const r = sockets.connect(this.fd, address, port);
    this.connecting = req;
    if (r === 1) this.watch(WRITABLE);
    else node.loop.later(() => this.connected(r));
    return 0;
  }
  connected(status) {
    const req = this.connecting;
    if (!req) return;
    this.connecting = null;
    this.watch(this.events & ~WRITABLE);
    req.complete(req.oncomplete, status, this, req, status === 0, status === 0);
  }
  onWritable() {
    if (this.connecting) this.connected(sockets.error(this.fd));
    else super.onWritable();
  }
  onEvent(happened) {
    if (this.isServer) this.onConnections();
    else super.onEvent(happened);
  }
  onConnections() {
    for (let n = 0; n < 64 && this.fd >= 0; n++) {
      const fd = sockets.accept(this.fd);
      if (fd < 0) return; // EAGAIN; another error concerns a connection that is gone
      const client = new this.constructor(0);
      client.fd = fd;
      this.complete(this.onconnection, 0, client);
    }
  }
  onAborted() {
    if (!this.connecting) return;
    const req = this.connecting;
    this.connecting = null;
    req.complete(req.oncomplete, ECANCELED, this, req, false, false);
  }
}

class TCP extends Connector {
  static provider = 'TCPWRAP';
  bind(address, port) { return this.bindTo(4, address, port); }
  bind6(address, port, flags) {
    const failed = this.ensure(6);
    if (failed) return failed;
    sockets.option(this.fd, OPTION.v6only, flags & 1);
    return this.bindTo(6, address, port);
  }
  connect(req, address, port) { return this.connectTo(req, 4, address, port); }
  connect6(req, address, port) { return this.connectTo(req, 6, address, port); }
  name(call, out) {
    const got = this.fd < 0 ? EINVAL : call(this.fd);
    if (typeof got === 'number') return got;
    [out.address, out.port] = got;
    out.family = `IPv${got[2]}`;
    return 0;
  }
  getsockname(out) { return this.name(sockets.localName, out); }
  getpeername(out) { return this.name(sockets.peerName, out); }
  setTypeOfService(tos) { return this.setIP(IP_OPTION.typeOfService, tos); }
  getTypeOfService() { return sockets.optionGet(this.fd, this.ipOption(IP_OPTION.typeOfService)); }
  setNoDelay(isOn) { return Math.min(0, sockets.option(this.fd, OPTION.noDelay, isOn ? 1 : 0)); }
  setKeepAlive(isOn) { return Math.min(0, sockets.option(this.fd, OPTION.keepAlive, isOn ? 1 : 0)); }
  setBlocking() { return 0; }
  reset(callback) {
    this.close(callback);
    return 0;
  }
}

class Pipe extends Connector {
  static provider = 'PIPEWRAP';
  bind(path) { return this.bindTo(1, path, -1); }
  connect(req, path) {
    this.connectTo(req, 1, path, -1);
    return 0;
  }
  fchmod() { return 0; }
  setPendingInstances() {}
  setBlocking() { return 0; }
}

class TTY extends Stream {
  constructor(fd, context) {
    super();
    this.fd = fd;
  }
  getWindowSize(size) {
    size[0] = 80;
    size[1] = 24;
    return 0;
  }
  setRawMode() { return -95; }
  setBlocking() { return 0; }
}

class UDP extends Handle {
  static provider = 'UDPWRAP';
  constructor() {
    super();
    Object.defineProperty(this, 'pending', { value: [], writable: true });
  }
  ensure(family) {
    if (this.fd >= 0) return 0;
    const fd = sockets.socket(family, true);
    if (fd < 0) return fd;
    this.fd = fd;
    return 0;
  }
  bindTo(family, address, port, flags) {
    const failed = this.ensure(family);
    if (failed) return failed;
    if (flags & 4) sockets.option(this.fd, OPTION.reuse, 1);
    if (family === 6) sockets.option(this.fd, OPTION.v6only, flags & 1);
    return Math.min(0, sockets.bind(this.fd, address, port));
  }
  bind(address, port, flags) { return this.bindTo(4, address, port, flags); }
  bind6(address, port, flags) { return this.bindTo(6, address, port, flags); }
  connect(address, port) { return this.ensure(4) || Math.min(0, sockets.connect(this.fd, address, port)); }
  connect6(address, port) { return this.ensure(6) || Math.min(0, sockets.connect(this.fd, address, port)); }
  disconnect() { return -95; }
  sendTo(family, req, list, count, port, address, hasCallback) {
    const failed = this.ensure(family);
    if (failed) return failed;
    const bytes = node.require('buffer').Buffer.concat(list.map((item) =>
      (typeof item === 'string' ? node.require('buffer').Buffer.from(item) : new Uint8Array(item.buffer, item.byteOffset, item.byteLength))));
    const n = sockets.sendTo(this.fd, bytes, address, port);
    if (n < 0) return n;
    if (hasCallback) node.loop.later(() => req.complete(req.oncomplete, 0, n));
    return 0;
  }
  send(req, list, count, port, address, hasCallback) {
    return typeof port === 'number' ? this.sendTo(4, req, list, count, port, address, hasCallback) :
      this.sendTo(4, req, list, count, undefined, undefined, port);
  }
  send6(req, list, count, port, address, hasCallback) {
    return typeof port === 'number' ? this.sendTo(6, req, list, count, port, address, hasCallback) :
      this.sendTo(6, req, list, count, undefined, undefined, port);
  }
  recvStart() {
    this.watch(READABLE);
    return 0;
  }
  recvStop() {
    this.watch(0);
    return 0;
  }
  onEvent() {
    for (let n = 0; n < 64 && this.fd >= 0 && this.events; n++) {
      const got = sockets.recvFrom(this.fd);
      if (got === EAGAIN) return;
      if (typeof got === 'number') return void this.complete(this.onmessage, got, this, undefined, undefined);
      const [address, port, family, bytes] = got;
      this.complete(this.onmessage, bytes.byteLength, this, node.require('buffer').Buffer.from(bytes),
                    { address, port, family: `IPv${family}`, size: bytes.byteLength });
    }
  }
  getsockname(out) { return TCP.prototype.name.call(this, sockets.localName, out); }
  getpeername(out) { return TCP.prototype.name.call(this, sockets.peerName, out); }
  setBroadcast(isOn) { return Math.min(0, sockets.option(this.fd, OPTION.broadcast, isOn ? 1 : 0)); }
  setTTL(hops) { return this.setIP(IP_OPTION.ttl, hops); }
  setMulticastTTL(hops) { return this.setIP(IP_OPTION.multicastTTL, hops); }
  setMulticastLoopback(isOn) { return this.setIP(IP_OPTION.multicastLoopback, isOn); }
  setMulticastInterface(from) { return sys.multicast.from(this.fd, from); }
  addMembership(group, from) { return sys.multicast.group(this.fd, true, group, from); }
  dropMembership(group, from) { return sys.multicast.group(this.fd, false, group, from); }
  addSourceSpecificMembership(source, group, from) { return sys.multicast.group(this.fd, true, group, from, source); }
  dropSourceSpecificMembership(source, group, from) { return sys.multicast.group(this.fd, false, group, from, source); }
  bufferSize(size, isReceive, context) {
    const option = isReceive ? OPTION.receiveSize : OPTION.sendSize;
    const r = size > 0 ? sockets.option(this.fd, option, size) : 0;
    if (r >= 0) return sockets.optionGet(this.fd, option);
    Object.assign(context, { errno: r, code: node.errorMap.get(r)[0], message: node.errorMap.get(r)[1] });
    return undefined;
  }
  getSendQueueSize() { return 0; }
  getSendQueueCount() { return 0; }
}

node.Stream = Stream;
node.streamState = () => [state, K];

node.bind('stream_wrap', (binding) => {
  K = binding;
  state = binding.streamBaseState.fill(0);
  node.handleOnClose = node.internalBinding('symbols').handle_onclose;
  Object.assign(binding, { WriteWrap, ShutdownWrap, LibuvStreamWrap: Stream });
});
node.bind('tcp_wrap', (binding) => Object.assign(binding, { TCP, TCPConnectWrap: class TCPConnectWrap extends Request {} }));
node.bind('pipe_wrap', (binding) => Object.assign(binding, { Pipe, PipeConnectWrap: class PipeConnectWrap extends Request {} }));
node.bind('udp_wrap', (binding) => Object.assign(binding, { UDP, SendWrap: class SendWrap extends Request {} }));
node.bind('tty_wrap', (binding) => Object.assign(binding, { TTY, isTTY: (fd) => files.isatty(fd) }));
node.bind('stream_pipe', (binding) => { binding.StreamPipe = class StreamPipe { constructor() { throw node.notImplemented('StreamPipe'); } }; });
node.bind('js_stream', (binding) => {
  binding.JSStream = class JSStream extends Stream {
    finishWrite(req, status) { this.finish(req, status); }
    finishShutdown(req, status) { this.finish(req, status); }
    readBuffer(buffer) { this.deliver(buffer.byteLength, buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)); }
    emitEOF() { this.deliver(EOF); }
    readStart() { return this.onreadstart(); }
    readStop() { return this.onreadstop(); }
    write(req, bytes) {
      state[K.kBytesWritten] = bytes.byteLength;
      state[K.kLastWriteWasAsync] = 1;
      return this.onwrite(req, [node.require('buffer').Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]);
    }
    shutdown(req) { return this.onshutdown(req); }
  };
});

const KINDS = { TCP: 0, TTY: 1, UDP: 2, FILE: 3, PIPE: 4, UNKNOWN: 5, INVALID: 6 };
node.handleType = (fd) => {
  const kind = files.kind(fd);
  if (kind < 0) return KINDS.INVALID;
  if (files.isatty(fd)) return KINDS.TTY;
  if (kind === 6) return fd > 2 ? KINDS.TCP : KINDS.PIPE;
  if (kind === 5) return KINDS.UDP;
  return kind === 4 || kind === 2 || kind === 1 ? KINDS.FILE : KINDS.PIPE;
};
