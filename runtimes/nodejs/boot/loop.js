'use strict';
// The event loop, in libuv's order: pending, poll, immediates, closing, timers. What keeps it alive is counted.

const polled = new Map(); // fd -> { events, onEvent, isRef }
let pending = [], closing = [], immediates = [];
let depth = 0, isInTicks = false;
let processImmediate, processTimers, timerAt = Infinity, isTimerRef = false;
let pairs = new Int32Array(128);
let start = 0;
let immediateInfo;
node.atStart(() => { start = sys.clock(true); });

const now = () => Math.floor((sys.clock(true) - start) / 1e6);

// Ticks and microtasks after a callback, as node::InternalCallbackScope does it.
function runTicks() {
  if (isInTicks) return;
  isInTicks = true;
  for (;;) {
    try {
      if (!node.tickInfo[0]) sys.runMicrotasks();
      if (!node.tickInfo[0] && !node.tickInfo[1]) break;
      node.tickCallback.call(node.process);
    } catch (error) {
      isInTicks = false;
      node.uncaught(error);
      isInTicks = true;
    }
  }
  isInTicks = false;
}

// Calls into the program from the loop, for a handle that has asyncId and frame, or for none.
function call(handle, callback, self, a, b, c, d, e) {
  const before = sys.getContext();
  let result;
  depth++;
  if (handle) {
    sys.setContext(handle.frame);
    node.asyncHooks.enter(handle);
  }
  try {
    result = callback.call(self, a, b, c, d, e);
    if (handle) node.asyncHooks.leave(handle);
  } catch (error) {
    depth--;
    node.uncaught(error);
    depth++;
  }
  sys.setContext(before);
  if (--depth === 0) runTicks();
  return result;
}

function drain(list) {
  for (const callback of list) call(null, callback);
}

function runPending() {
  const due = pending;
  pending = [];
  drain(due);
}

function runTimers() {
  while (timerAt <= now()) {
    timerAt = Infinity;
    const next = call(null, processTimers, node.process, now());
    if (next === undefined) timerAt = now(); // it threw: the rest is still due
    if (!next) continue;
    timerAt = Math.max(Math.abs(next), now() + 1);
    isTimerRef = next > 0;
  }
}

function runImmediates() {
  const due = immediates;
  immediates = [];
  drain(due);
  if (immediateInfo[0] === 0 && immediateInfo[2] === 0) return;
  do call(null, processImmediate, node.process);
  while (immediateInfo[2]); // kHasOutstanding: one of them threw
}

const isBusy = () => pending.length > 0 || closing.length > 0 || immediates.length > 0 || immediateInfo[1] > 0;

function isAlive() {
  if (isBusy() || (timerAt !== Infinity && isTimerRef)) return true;
  for (const entry of polled.values()) if (entry.isRef) return true;
  return false;
}

function poll() {
  let timeout = isBusy() ? 0 : timerAt === Infinity ? -1 : Math.max(0, timerAt - now());
  let n = 0;
  if (!isAlive()) timeout = 0;
  if (pairs.length < polled.size * 2) pairs = new Int32Array(polled.size * 4);
  for (const [fd, { events }] of polled) {
    pairs[n++] = fd;
    pairs[n++] = events;
  }
  if (n === 0 && timeout <= 0) return;
  sys.sockets.poll(pairs, n / 2, Math.min(timeout, 0x7FFFFFFF));
  const happened = pairs.slice(0, n);
  for (let i = 0; i < n; i += 2)
    if (happened[i + 1] !== 0) polled.get(happened[i])?.onEvent(happened[i + 1]);
}

function turn() {
  runPending();
  poll();
  runImmediates();
  const closed = closing;
  closing = [];
  drain(closed);
  runTimers();
}

function exit() {
  const { process } = node;
  try {
    if (!process._exiting) {
      process._exiting = true;
      process.emit('exit', process.exitCode ?? 0);
    }
  } catch (error) {
    node.uncaught(error);
  }
  sys.exit(process.exitCode ?? 0);
}

node.loop = {
  now, call, runTicks,
  // `events` 1: readable, 2: writable
  watch: (fd, events, onEvent, isRef) => polled.set(fd, { events, onEvent, isRef }),
  unwatch: (fd) => polled.delete(fd),
  later: (callback) => { pending.push(callback); },
  afterwards: (callback) => { closing.push(callback); },
  immediately: (callback) => { immediates.push(callback); },
  guard(callback) {
    try {
      callback();
    } catch (error) {
      node.uncaught(error);
    }
  },
  main(script) {
    call(null, script);
    runTimers();
    for (;;) {
      while (isAlive()) turn();
      call(null, () => node.process.emit('beforeExit', node.process.exitCode ?? 0));
      if (!isAlive()) break;
    }
    if (node.isMainUnsettled?.()) {
      node.printError(`Warning: Detected unsettled top-level await at ${node.mainURL}\n`);
      node.process.exitCode ??= 13;
    }
    exit();
  },
};

node.bind('timers', (binding) => {
  immediateInfo = binding.immediateInfo.fill(0);
  binding.timeoutInfo.fill(0);
  Object.assign(binding, {
    setupTimers(immediate, timers) {
      processImmediate = immediate;
      processTimers = timers;
    },
    getLibuvNow: now,
    scheduleTimer(ms) { timerAt = now() + Math.max(1, ms); },
    toggleTimerRef(isRef) { isTimerRef = isRef; },
    toggleImmediateRef() {},
  });
});

// Gives an object what loop.call() needs.
node.adopt = (resource, type) => {
  const own = { asyncId: node.newAsyncId(), triggerId: node.asyncHooks.executionId(), frame: sys.getContext() };
  for (const key of Object.keys(own)) Object.defineProperty(resource, key, { value: own[key], writable: true });
  node.asyncHooks.init(resource, type);
};

// A handle or a request: what runs later in the context that it was made in.
node.Resource = class Resource {
  constructor() { node.adopt(this, this.constructor.provider ?? this.constructor.name.toUpperCase()); }
  getAsyncId() { return this.asyncId; }
  getProviderType() { return 0; }
  complete(callback, ...args) { return node.loop.call(this, callback, this, ...args); }
};
