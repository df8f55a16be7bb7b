'use strict';
// The event loop, in libuv's order: pending, poll, immediates, closing, timers. What keeps it alive is counted.

const { loop } = sys; // what is polled, and the polling: guest/loop.c
const shared = new Int32Array(3); // with guest/exchange.c
// Callbacks in each other; responses that are ended and not finished; does Node's own code run the ticks in between?
const DEPTH = 0, DUE = 1, NODE_RUNS_TICKS = 2;
let pending = [], closing = [], immediates = [];
let isInTicks = false;
let processImmediate, processTimers, timerAt = Infinity, isTimerRef = false;
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
      if (shared[DUE]) sys.finishExchanges();
      if (!node.tickInfo[0]) sys.runMicrotasks();
      if (shared[DUE]) continue;
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
  shared[DEPTH]++;
  if (handle) {
    sys.setContext(handle.frame);
    node.asyncHooks.enter(handle);
  }
  try {
    result = callback.call(self, a, b, c, d, e);
    if (handle) node.asyncHooks.leave(handle);
  } catch (error) {
    shared[DEPTH]--;
    node.uncaught(error);
    shared[DEPTH]++;
  }
  sys.setContext(before);
  if (--shared[DEPTH] === 0) runTicks();
  return result;
}

// Timers and immediates: Node calls them one after the other, and runs the ticks after each.
function callMany(callback, ...args) {
  shared[NODE_RUNS_TICKS]++;
  const result = call(null, callback, node.process, ...args);
  shared[NODE_RUNS_TICKS]--;
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
    let hasThrown = true;
    timerAt = Infinity;
    callMany(() => {
      const next = processTimers.call(node.process, now());
      timerAt = next ? Math.max(Math.abs(next), now() + 1) : Infinity; // before the ticks, which may set timers
      if (next) isTimerRef = next > 0;
      hasThrown = false;
    });
    if (hasThrown) timerAt = now(); // the rest is still due
  }
}

function runImmediates() {
  const due = immediates;
  immediates = [];
  drain(due);
  if (immediateInfo[0] === 0 && immediateInfo[2] === 0) return;
  do callMany(processImmediate);
  while (immediateInfo[2]); // kHasOutstanding: one of them threw
}

const isBusy = () => pending.length > 0 || closing.length > 0 || immediates.length > 0 || immediateInfo[1] > 0;

function isAlive() {
  if (isBusy() || (timerAt !== Infinity && isTimerRef)) return true;
  return loop.hasRef();
}

function poll() {
  let timeout = isBusy() ? 0 : timerAt === Infinity ? -1 : Math.max(0, timerAt - now());
  if (!isAlive()) timeout = 0;
  loop.wait(Math.min(timeout, 0x7FFFFFFF));
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
  now, call, runTicks, shared,
  // `events` 1: readable, 2: writable
  watch: (fd, events, handle, isRef) => loop.watch(fd, events, handle, isRef), // handle.onEvent(happened)
  unwatch: (fd) => loop.unwatch(fd),
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
