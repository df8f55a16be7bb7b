'use strict';
const EventEmitter = require('events');
const { once, on } = EventEmitter;
module.exports = {
  order: () => { const e = new EventEmitter(); const l = []; e.on('a', () => l.push(1)); e.prependListener('a', () => l.push(0)); e.once('a', () => l.push(2)); e.emit('a'); e.emit('a'); return l; },
  names: () => { const e = new EventEmitter(); e.on('x', () => {}); e.on(Symbol('y'), () => {}); return [e.eventNames(), e.listenerCount('x')]; },
  unhandled_error: () => new EventEmitter().emit('error', new Error('boom')),
  unhandled_value: () => new EventEmitter().emit('error', { a: 1 }),
  once_promise: async () => { const e = new EventEmitter(); setTimeout(() => e.emit('go', 1, 2), 1); return once(e, 'go'); },
  once_error: async () => { const e = new EventEmitter(); setTimeout(() => e.emit('error', new Error('x')), 1); return once(e, 'go'); },
  on_iterator: async () => { const e = new EventEmitter(); setTimeout(() => { e.emit('d', 1); e.emit('d', 2); }, 1); const got = []; for await (const [v] of on(e, 'd')) { got.push(v); if (v === 2) return got; } },
  max_listeners: () => [EventEmitter.defaultMaxListeners, new EventEmitter().setMaxListeners(3).getMaxListeners()],
  bad_listener: () => new EventEmitter().on('a', 5),
  remove: () => { const e = new EventEmitter(); const f = () => {}; e.on('a', f); e.off('a', f); return e.listeners('a'); },
  new_listener: () => { const e = new EventEmitter(); const l = []; e.on('newListener', (n) => l.push(n)); e.on('a', () => {}); return l; },
  capture: async () => { const e = new EventEmitter({ captureRejections: true }); e.on('a', async () => { throw new Error('late'); }); const p = once(e, 'error'); e.emit('a'); return (await p)[0].message; },
  event_target: () => { const t = new EventTarget(); const l = []; t.addEventListener('a', (e) => l.push(e.type, e.cancelable), { once: true }); t.dispatchEvent(new Event('a', { cancelable: true })); t.dispatchEvent(new Event('a')); return l; },
  event_inspect: () => Object.keys(new Event('x').constructor).length >= 0 && new Event('x').type,
  custom_event: () => new CustomEvent('c', { detail: 5 }).detail,
  abort: () => { const c = new AbortController(); const l = []; c.signal.onabort = () => l.push('on'); c.abort('why'); return [l, c.signal.aborted, c.signal.reason]; },
  abort_default: () => { const c = new AbortController(); c.abort(); return [c.signal.reason.name, c.signal.reason.message, c.signal.reason.code]; },
  abort_timeout: async () => { const s = AbortSignal.timeout(1); await new Promise((r) => { s.onabort = r; }); return [s.reason.name, s.reason.message]; },
  abort_any: () => { const c = new AbortController(); const s = AbortSignal.any([c.signal]); c.abort(1); return s.reason; },
  inspect: () => require('util').inspect(new EventEmitter(), { compact: true, breakLength: Infinity }),
};
