'use strict';
// structuredClone and MessageChannel, within the one thread that there is.

const { types } = node;

function cloneError(name) {
  return new node.perContext.DOMException(`${name} could not be cloned.`, 'DataCloneError');
}

const boxed = (value) => Object(value.valueOf());

function describe(value) {
  if (typeof value === 'function') return Function.prototype.toString.call(value);
  return typeof value === 'symbol' ? String(value) : `#<${value?.constructor?.name || 'Object'}>`;
}

function clone(value, transfer = []) {
  const seen = new Map();
  const buffers = new Set(transfer);

  function copyBuffer(buffer) {
    if (seen.has(buffer)) return seen.get(buffer);
    const copy = buffers.has(buffer) ? buffer.transfer() : buffer.slice(0);
    seen.set(buffer, copy);
    return copy;
  }
  function copyView(view) {
    const length = view.length ?? view.byteLength;
    const offset = view.byteOffset;
    const Type = types.isDataView(view) ? DataView : globalThis[Object.getPrototypeOf(Uint8Array.prototype)[Symbol.toStringTag] ?? view[Symbol.toStringTag]] ??
      globalThis[view[Symbol.toStringTag]];
    return new Type(copyBuffer(view.buffer), offset, length);
  }
  function copyError(error) {
    const names = ['EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'];
    const Type = names.includes(error.name) ? globalThis[error.name] : Error;
    const copy = Object.create(Type.prototype);
    const made = new Type(error.message);
    if (!Object.hasOwn(error, 'message')) delete made.message;
    Object.defineProperty(made, 'stack', { value: error.stack, writable: true, configurable: true });
    if ('cause' in error) Object.defineProperty(made, 'cause', { value: copy_(error.cause), writable: true, configurable: true });
    return made ?? copy;
  }
  function copy_(v) {
    if (typeof v === 'function' || typeof v === 'symbol') throw cloneError(describe(v));
    if (typeof v !== 'object' || v === null) return v;
    if (seen.has(v)) return seen.get(v);
    const keep = (copy) => {
      seen.set(v, copy);
      return copy;
    };
    if (types.isBoxedPrimitive(v)) {
      if (types.isSymbolObject(v)) throw cloneError('Object');
      return keep(boxed(v));
    }
    if (types.isDate(v)) return keep(new Date(v.getTime()));
    if (types.isRegExp(v)) return keep(new RegExp(v.source, v.flags));
    if (types.isArrayBuffer(v)) return copyBuffer(v);
    if (ArrayBuffer.isView(v)) return keep(copyView(v));
    if (types.isMap(v)) {
      const copy = keep(new Map());
      for (const [key, item] of [...Map.prototype.entries.call(v)]) copy.set(copy_(key), copy_(item));
      return copy;
    }
    if (types.isSet(v)) {
      const copy = keep(new Set());
      for (const item of [...Set.prototype.values.call(v)]) copy.add(copy_(item));
      return copy;
    }
    if (types.isNativeError(v)) return keep(copyError(v));
    const custom = v[messagingClone];
    if (typeof custom === 'function') return cloneCustom(v, custom, keep);
    if (buffers.has(v)) return keep(v); // a MessagePort
    if (v instanceof MessagePort || types.isPromise(v) || types.isWeakMap(v) || types.isWeakSet(v) || types.isProxy(v) ||
        types.isGeneratorObject(v) || types.isMapIterator(v) || types.isSetIterator(v))
      throw cloneError(describe(v));
    const copy = keep(Array.isArray(v) ? new Array(v.length) : {});
    for (const key of Object.keys(v)) copy[key] = copy_(v[key]);
    return copy;
  }
  function cloneCustom(v, custom, keep) {
    const { data, deserializeInfo } = custom.call(v);
    const [file, name] = deserializeInfo.split(':');
    const made = node.require(file)[name];
    const copy = keep(new made());
    copy[messagingDeserialize](copy_(data));
    return copy;
  }

  for (const item of transfer)
    if (!types.isArrayBuffer(item) && !(item instanceof MessagePort)) throw cloneError('Value');
  return copy_(value);
}

let messagingClone, messagingDeserialize;

class MessagePort { // Node changes its prototype's prototype: it cannot extend anything
  constructor() {
    node.adopt(this, 'MESSAGEPORT');
    for (const [key, value] of Object.entries({ other: null, waiting: [], isStarted: false, isRef: false, isClosed: false, timer: null }))
      Object.defineProperty(this, key, { value, writable: true });
  }
  postMessage(value, transfer) {
    const list = Array.isArray(transfer) ? transfer : transfer?.transfer ?? [];
    const copy = clone(value, list);
    const { other } = this;
    if (!other || this.isClosed) return;
    other.waiting.push({ copy, ports: list.filter((item) => item instanceof MessagePort) });
    other.schedule();
  }
  start() {
    this.isStarted = true;
    this.schedule();
  }
  schedule() {
    if (!this.isStarted || this.timer || this.waiting.length === 0) return;
    this.timer = true;
    node.loop.later(() => {
      this.timer = null;
      this.drain();
    });
  }
  drain() {
    while (this.isStarted && this.waiting.length > 0) {
      const { copy, ports } = this.waiting.shift();
      node.loop.call(this, node.perContext.emitMessage, this, copy, ports, 'message');
    }
  }
  keepAlive() {
    const wants = this.isRef && !this.isClosed;
    if (wants === Boolean(this.holder)) return;
    if (wants) this.holder = node.require('timers').setInterval(() => {}, 2 ** 30);
    else {
      node.require('timers').clearInterval(this.holder);
      this.holder = null;
    }
  }
  ref() { this.isRef = true; this.keepAlive(); }
  unref() { this.isRef = false; this.keepAlive(); }
  hasRef() { return this.isRef; }
  close(callback) {
    if (this.isClosed) return;
    this.isClosed = true;
    this.keepAlive();
    node.loop.afterwards(() => {
      const onclose = this[node.internalBinding('symbols').handle_onclose];
      if (onclose) node.loop.call(this, onclose, this);
      if (typeof callback === 'function') node.loop.call(this, callback, this);
    });
    this.other?.close();
  }
}
Object.defineProperty(MessagePort.prototype, 'holder', { value: null, writable: true });

node.bind('messaging', (binding) => {
  const symbols = node.internalBinding('symbols');
  messagingClone = symbols.messaging_clone_symbol;
  messagingDeserialize = symbols.messaging_deserialize_symbol;
  Object.defineProperty(binding, 'DOMException', { get: () => node.perContext.DOMException });
  Object.assign(binding, {
    MessagePort,
    MessageChannel: class MessageChannel {
      constructor() {
        this.port1 = new MessagePort();
        this.port2 = new MessagePort();
        this.port1.other = this.port2;
        this.port2.other = this.port1;
        for (const port of [this.port1, this.port2]) port[symbols.oninit]?.call(port);
      }
    },
    stopMessagePort(port) { port.isStarted = false; },
    drainMessagePort(port) { port.drain(); },
    receiveMessageOnPort: (port) => (port.waiting.length ? port.waiting.shift().copy : symbols.no_message_symbol),
    moveMessagePortToContext() { throw node.notImplemented('moveMessagePortToContext'); },
    setDeserializerCreateObjectFunction() {},
    broadcastChannel() { throw node.notImplemented('BroadcastChannel'); },
    checkMessagePort: (value) => value instanceof MessagePort,
    exposeLazyDOMExceptionProperty(target) {
      Object.defineProperty(target, 'DOMException', {
        configurable: true, writable: true, enumerable: false, value: node.perContext.DOMException,
      });
    },
    structuredClone(value, options) {
      if (arguments.length === 0) {
        const { ERR_MISSING_ARGS: E } = node.require('internal/errors').codes;
        throw new E('The value argument must be specified');
      }
      return clone(value, options?.transfer ? [...options.transfer] : []);
    },
  });
});

node.bind('blob', (binding) => {
  const store = new Map();
  class BlobData {
    constructor(parts) { this.bytes = parts; }
    slice(start, end) { return new BlobData(this.bytes.slice(start, end)); }
    getReader() {
      const { bytes } = this;
      let isDone = false;
      return {
        setWakeup() {},
        pull(callback) {
          node.loop.later(() => node.loop.call(null, () => {
            if (isDone) return callback(0, undefined);
            isDone = true;
            if (bytes.length === 0) return callback(0, undefined);
            return callback(1, bytes.slice().buffer);
          }));
        },
      };
    }
  }
  const bytesOf = (part) => (part instanceof BlobData ? part.bytes : ArrayBuffer.isView(part) ?
    new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : part instanceof ArrayBuffer ? new Uint8Array(part) :
      Array.isArray(part) ? bytesOf(part[0]) : new Uint8Array(0));
  const join = (parts) => {
    const all = parts.map(bytesOf);
    const joined = new Uint8Array(all.reduce((n, bytes) => n + bytes.length, 0));
    let at = 0;
    for (const bytes of all) {
      joined.set(bytes, at);
      at += bytes.length;
    }
    return joined;
  };
  Object.assign(binding, {
    createBlob: (parts) => new BlobData(join(parts)),
    concat: (parts) => join(parts).buffer,
    storeDataObject(id, handle, size, type) { store.set(id, [handle, size, type]); },
    getDataObject: (id) => store.get(id),
    revokeObjectURL(id) { store.delete(id); },
    createBlobFromFilePath(path) {
      try {
        const bytes = node.require('fs').readFileSync(path);
        return [new BlobData(new Uint8Array(bytes)), bytes.length];
      } catch {
        return undefined;
      }
    },
  });
});
