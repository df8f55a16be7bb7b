'use strict';
// process.on('SIGTERM'): the handles of Node's signal_wrap over one descriptor, by which wasmrun tells of signals.

const { signals } = sys;
const SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGTERM = 15; // what can come; others are never sent
const catchable = new Set([SIGHUP, SIGINT, SIGQUIT, SIGTERM]);
const started = new Set();
let fd = -1;

const handlesOf = (number) => [...started].filter((handle) => handle.number === number);

function deliver(number) {
  for (const handle of handlesOf(number)) handle.complete(() => handle.onsignal(number));
}

function open() {
  if (fd >= 0) return 0;
  const r = signals.open();
  if (r >= 0) node.loop.watch(fd = r, 1, { onEvent: () => deliver(signals.next(fd)) }, false);
  return Math.min(r, 0);
}

const setCaught = (number) => signals.catch(number, handlesOf(number).length > 0);

// The program's signal to itself.
node.raise = (number) => {
  if (handlesOf(number).length === 0) sys.exit(128 + number);
  node.loop.later(() => deliver(number));
  return 0;
};

node.bind('signal_wrap', (binding) => {
  binding.Signal = class Signal extends node.Handle {
    start(number) {
      const r = open();
      if (r < 0) return r;
      this.number = number;
      started.add(this);
      return catchable.has(number) ? setCaught(number) : 0;
    }
    stop() {
      if (started.delete(this) && catchable.has(this.number)) setCaught(this.number);
      return 0;
    }
    onClosing() { this.stop(); }
    hasRef() { return false; }
  };
});
