'use strict';
// What Node asks of V8: types, the inside of promises, proxies and iterators, microtasks, async context.

const { classes: C, classOf } = sys;

// QuickJS has no shared memory here; Node's library takes the names for granted.
if (typeof Atomics === 'undefined') {
  const one = (combine) => (array, i, value) => {
    const before = array[i];
    array[i] = combine(before, value);
    return before;
  };
  const atomics = {
    add: one((a, b) => a + b), sub: one((a, b) => a - b), and: one((a, b) => a & b), or: one((a, b) => a | b),
    xor: one((a, b) => a ^ b), exchange: one((a, b) => b),
    load: (array, i) => array[i], store: (array, i, value) => { array[i] = value; return value; },
    compareExchange(array, i, expected, value) {
      const before = array[i];
      if (before === expected) array[i] = value;
      return before;
    },
    isLockFree: () => true, wait: () => 'timed-out', waitAsync: () => ({ async: false, value: 'timed-out' }), notify: () => 0,
  };
  Object.defineProperty(atomics, Symbol.toStringTag, { value: 'Atomics', configurable: true });
  Object.defineProperty(globalThis, 'Atomics', { value: atomics, writable: true, configurable: true });
}
if (typeof SharedArrayBuffer === 'undefined') {
  class SharedArrayBuffer {
    constructor() { throw node.notImplemented('SharedArrayBuffer'); }
    get byteLength() { throw new TypeError('not a SharedArrayBuffer'); }
  }
  Object.defineProperty(globalThis, 'SharedArrayBuffer', { value: SharedArrayBuffer, writable: true, configurable: true });
}

const is = (...ids) => (ids.length === 1 ? (value) => classOf(value) === ids[0] : (value) => ids.includes(classOf(value)));
const types = {
  isArgumentsObject: is(C.ARGUMENTS, C.MAPPED_ARGUMENTS),
  isArrayBuffer: is(C.ARRAY_BUFFER),
  isSharedArrayBuffer: is(C.SHARED_ARRAY_BUFFER),
  isAnyArrayBuffer: is(C.ARRAY_BUFFER, C.SHARED_ARRAY_BUFFER),
  isAsyncFunction: is(C.ASYNC_FUNCTION, C.ASYNC_GENERATOR_FUNCTION),
  isBigIntObject: is(C.BIG_INT),
  isBooleanObject: is(C.BOOLEAN),
  isNumberObject: is(C.NUMBER),
  isStringObject: is(C.STRING),
  isSymbolObject: is(C.SYMBOL),
  isBoxedPrimitive: is(C.BIG_INT, C.BOOLEAN, C.NUMBER, C.STRING, C.SYMBOL),
  isDataView: is(C.DATAVIEW),
  isDate: is(C.DATE),
  isExternal: () => false,
  isGeneratorFunction: is(C.GENERATOR_FUNCTION, C.ASYNC_GENERATOR_FUNCTION),
  isGeneratorObject: is(C.GENERATOR, C.ASYNC_GENERATOR),
  isMap: is(C.MAP),
  isMapIterator: is(C.MAP_ITERATOR),
  isModuleNamespaceObject: is(C.MODULE_NS),
  isNativeError: is(C.ERROR),
  isPromise: is(C.PROMISE),
  isProxy: is(C.PROXY),
  isRegExp: is(C.REGEXP),
  isSet: is(C.SET),
  isSetIterator: is(C.SET_ITERATOR),
  isWeakMap: is(C.WEAKMAP),
  isWeakSet: is(C.WEAKSET),
};
node.types = types;
for (const [name, test] of Object.entries(types)) Object.defineProperty(test, 'name', { value: name });
node.bind('types', (binding) => Object.assign(binding, types));

// What is left of an iterator of a map or a set, without moving it.
function iteratorEntries(iterator) {
  const state = sys.iteratorState(iterator);
  if (!state) return undefined;
  const [collection, kind, visited] = state;
  const entries = [];
  if (collection === undefined) return { entries, isKeyValue: kind === 2 };
  const isMap = types.isMap(collection);
  let i = 0;
  const visit = (value, key) => {
    if (i++ < visited) return;
    if (kind === 2) entries.push(key, value);
    else entries.push(kind === 0 ? key : value);
  };
  (isMap ? Map : Set).prototype.forEach.call(collection, visit);
  return { entries, isKeyValue: kind === 2 };
}

function previewEntries(object, wantsKind) {
  const left = iteratorEntries(object);
  if (left) return wantsKind ? [left.entries, left.isKeyValue] : left.entries;
  const entries = [];
  if (types.isMap(object)) Map.prototype.forEach.call(object, (value, key) => entries.push(key, value));
  else if (types.isSet(object)) Set.prototype.forEach.call(object, (value) => entries.push(value));
  return wantsKind ? [entries, types.isMap(object)] : entries; // of weak collections nothing can be seen
}

function constructorName(object) {
  for (let o = object; o; o = Object.getPrototypeOf(o)) {
    const own = Object.getOwnPropertyDescriptor(o, 'constructor');
    if (typeof own?.value === 'function' && own.value.name !== '') return own.value.name;
  }
  return 'Object';
}

const isIndex = (key) => typeof key === 'string' && String(key >>> 0) === key && key !== '4294967295';

node.bind('util', (binding) => {
  const typed = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
  Object.assign(binding, {
    ...types,
    isArrayBufferView: ArrayBuffer.isView,
    isTypedArray: (value) => typed.call(value) !== undefined,
    isUint8Array: (value) => typed.call(value) === 'Uint8Array',
    getPromiseDetails: (promise) => sys.promiseDetails(promise),
    getProxyDetails(proxy, wantsBoth = true) {
      const details = sys.proxyDetails(proxy);
      return details && !wantsBoth ? details[0] : details;
    },
    previewEntries,
    getConstructorName: constructorName,
    getOwnNonIndexProperties(object, filter) {
      return Reflect.ownKeys(object).filter((key) => !isIndex(key) &&
        (filter !== binding.constants.ONLY_ENUMERABLE || Object.getOwnPropertyDescriptor(object, key)?.enumerable));
    },
    getCallerLocation: () => undefined,
    getExternalValue: () => 0n,
    getCallSites: (count) => node.callSites().slice(1, count + 1).map((site) => ({
      functionName: site.getFunctionName() ?? '', scriptId: '0', scriptName: site.getFileName() ?? '',
      lineNumber: site.getLineNumber() ?? 0, columnNumber: site.getColumnNumber() ?? 0, column: site.getColumnNumber() ?? 0,
    })),
    isInsideNodeModules(frames = 10) {
      const files = node.callSites().map((site) => site.getFileName() ?? '').filter((file) => !file.startsWith('node:'));
      return files.slice(0, frames).some((file) => /[/\\]node_modules[/\\]/.test(file));
    },
    sleep: (ms) => sys.sockets.sleep(ms),
    arrayBufferViewHasBuffer: () => true,
    constructSharedArrayBuffer: (size) => new SharedArrayBuffer(size),
    markPromiseAsHandled: (promise) => sys.markHandled(promise),
    guessHandleType: (fd) => node.handleType(fd),
    parseEnv: (text) => node.parseEnv(text),
    defineLazyProperties(target, id, keys, enumerable = true) {
      for (const key of keys) {
        const set = (value) => Object.defineProperty(target, key, { value, writable: true, enumerable, configurable: true });
        const get = { [key]() {
          const value = node.require(id)[key];
          set(value);
          return value;
        } }[key];
        Object.defineProperty(get, 'name', { value: key });
        Object.defineProperty(target, key, { enumerable, configurable: true, get, set: { [key]: set }[key] });
      }
    },
  });
});

node.parseEnv = (text) => {
  const env = {};
  const line = /^\s*(?:export\s+)?([\w.-]+)\s*=[^\S\n]*('(?:[^'])*'|"(?:[^"])*"|`(?:[^`])*`|[^#\n]*)?[^\S\n]*(?:#.*)?$/gm;
  for (const [, name, raw = ''] of text.replace(/\r\n?/g, '\n').matchAll(line)) {
    const value = raw.trim();
    const quote = /^(['"`])([\s\S]*)\1$/.exec(value);
    env[name] = !quote ? value : quote[1] === '"' ? quote[2].replace(/\\n/g, '\n') : quote[2];
  }
  return env;
};

node.bind('async_context_frame', (binding) => {
  binding.getContinuationPreservedEmbedderData = sys.getContext;
  binding.setContinuationPreservedEmbedderData = sys.setContext;
});

node.bind('task_queue', (binding) => {
  binding.tickInfo.fill(0);
  node.tickInfo = binding.tickInfo;
  Object.assign(binding, {
    enqueueMicrotask: (callback) => sys.enqueueMicrotask(() => node.loop.guard(callback)),
    runMicrotasks: sys.runMicrotasks,
    setTickCallback(callback) { node.tickCallback = callback; },
    setPromiseRejectCallback(callback) {
      const { kPromiseRejectWithNoHandler, kPromiseHandlerAddedAfterReject } = binding.promiseRejectEvents;
      sys.setRejectionTracker((promise, reason, isHandled) =>
        callback(isHandled ? kPromiseHandlerAddedAfterReject : kPromiseRejectWithNoHandler, promise,
                 isHandled ? undefined : reason));
    },
  });
});

node.bind('async_wrap', (binding) => {
  const { async_hook_fields: fields, async_id_fields: ids, constants } = binding;
  const { kStackLength, kExecutionAsyncId, kTriggerAsyncId, kAsyncIdCounter, kCheck } = constants;
  const resources = binding.execution_async_resources;
  let stack = binding.async_ids_stack;
  let destroyed = [];
  let hooks;
  fields.fill(0);
  fields[kCheck] = 1;
  ids.set([1, 0, 1, -1]);
  node.newAsyncId = () => ++ids[kAsyncIdCounter];
  Object.assign(binding, {
    setupHooks(given) { hooks = given; },
    setCallbackTrampoline() {},
    setPromiseHooks() {}, // hooks do not see promises; AsyncLocalStorage does (docs/nodejs.md)
    getPromiseHooks: () => [undefined, undefined, undefined, undefined],
    registerDestroyHook() {},
    executionAsyncResource: (index) => resources[index],
    pushAsyncContext(asyncId, triggerId) {
      const offset = fields[kStackLength];
      if (offset * 2 >= stack.length) {
        const grown = new Float64Array(stack.length * 3);
        grown.set(stack);
        stack = binding.async_ids_stack = grown;
      }
      stack[offset * 2] = ids[kExecutionAsyncId];
      stack[offset * 2 + 1] = ids[kTriggerAsyncId];
      fields[kStackLength]++;
      ids[kExecutionAsyncId] = asyncId;
      ids[kTriggerAsyncId] = triggerId;
    },
    popAsyncContext() {
      if (fields[kStackLength] === 0) return false;
      const offset = --fields[kStackLength];
      ids[kExecutionAsyncId] = stack[2 * offset];
      ids[kTriggerAsyncId] = stack[2 * offset + 1];
      resources.length = offset;
      return offset > 0;
    },
    clearAsyncIdStack() {
      ids[kExecutionAsyncId] = ids[kTriggerAsyncId] = fields[kStackLength] = 0;
      resources.length = 0;
    },
    queueDestroyAsyncId(id) {
      if (destroyed.push(id) > 1) return;
      node.loop.immediately(() => {
        const ended = destroyed;
        destroyed = [];
        for (const one of ended) hooks.destroy(one);
      });
    },
  });
  node.asyncHooks = {
    init(handle, type) {
      if (fields[constants.kInit] > 0) hooks.init(handle.asyncId, type, ids[kExecutionAsyncId], handle);
    },
    enter(handle) {
      binding.pushAsyncContext(handle.asyncId, handle.triggerId);
      resources[fields[kStackLength] - 1] = handle;
      if (fields[constants.kBefore] > 0) hooks.before(handle.asyncId);
    },
    leave(handle) {
      if (fields[constants.kAfter] > 0) hooks.after(handle.asyncId);
      if (ids[kExecutionAsyncId] === handle.asyncId) binding.popAsyncContext(handle.asyncId);
    },
    executionId: () => ids[kExecutionAsyncId],
  };
});
