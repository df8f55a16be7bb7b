'use strict';
// Stacks as V8 makes them: formatted by Node, when somebody looks, under the message that the error has by then.

const { errorData } = sys;
const native = { capture: Error.captureStackTrace };
const site = sys.callSitePrototype;
let prepare; // Node's prepareStackTraceCallback

// A CommonJS file is compiled with the head of a function before it, which its columns do not show.
const { getColumnNumber } = site;
node.wrapped = new Map(); // file name -> length of the head

Object.assign(site, {
  getColumnNumber() {
    const column = getColumnNumber.call(this);
    return this.getLineNumber() === 1 ? Math.max(1, column - (node.wrapped.get(this.getFileName()) ?? 0)) : column;
  },
  getThis: () => undefined,
  getTypeName: () => null,
  getMethodName: () => null,
  getEvalOrigin: () => undefined,
  getPromiseIndex: () => null,
  getScriptNameOrSourceURL() { return this.getFileName(); },
  getScriptHash: () => '',
  getEnclosingColumnNumber: () => 0,
  getEnclosingLineNumber: () => 0,
  getPosition: () => 0,
  isToplevel() { return !this.isConstructor(); },
  isEval: () => false,
  isAsync: () => false,
  isPromiseAll: () => false,
  toString() {
    const name = this.getFunctionName();
    const file = this.isNative() ? 'native' : this.getFileName() ?? '<anonymous>';
    const place = this.getLineNumber() ? `${file}:${this.getLineNumber()}:${this.getColumnNumber()}` : file;
    if (!name || name === '<eval>') return place;
    return `${this.isConstructor() ? 'new ' : ''}${name} (${place})`;
  },
});
// The engine's own functions, and what Node has in C++, do not appear in V8's stacks.
const visible = (sites) => sites.filter((one) => !one.isNative() && !one.getFileName()?.startsWith('node:boot/'));

function format(error, sites) {
  if (prepare) return prepare(globalThis, error, visible(sites));
  return visible(sites).reduce((text, one) => `${text}\n    at ${one}`, String(error));
}

const isSites = (value) => Array.isArray(value) && (value.length === 0 || sys.classOf(value[0]) === sys.classes.CALL_SITE);

delete Error.prototype.stack; // each error has its own, as in V8
sys.stackAccessor(function stack() {
  const kept = errorData(this);
  if (!isSites(kept)) return kept;
  errorData(this, ''); // while it is being formatted
  const text = format(this, kept);
  errorData(this, text);
  return text;
}, function(value) {
  if (sys.classOf(this) === sys.classes.ERROR) errorData(this, value);
  else Object.defineProperty(this, 'stack', { value, writable: true, configurable: true, enumerable: true });
});

function defineLazyStack(target, sites) {
  let text, isFormatted = false;
  Object.defineProperty(target, 'stack', {
    configurable: true,
    get() {
      if (!isFormatted) {
        isFormatted = true;
        text = format(target, sites);
      }
      return text;
    },
    set(value) {
      text = value;
      isFormatted = true;
    },
  });
}

function captureStackTrace(target, above = captureStackTrace) {
  const scratch = {};
  native.capture(scratch, above);
  const sites = isSites(scratch.stack) ? scratch.stack : [];
  if (sys.classOf(target) === sys.classes.ERROR) sys.errorSites(target, sites);
  else defineLazyStack(target, sites);
}
Object.defineProperty(Error, 'captureStackTrace', { value: captureStackTrace, writable: true, configurable: true });
delete Error.prepareStackTrace; // the accessor; the engine keeps the function that it was given
Error.stackTraceLimit = 10;

node.callSites = () => {
  const scratch = {};
  native.capture(scratch, node.callSites);
  return isSites(scratch.stack) ? visible(scratch.stack) : [];
};

// "file:line", the line, and a caret, as above an uncaught error.
function sourceContext(error) {
  const at = /^\s+at .*?\(?((?:file:\/\/|\/)[^()]*?):(\d+):(\d+)\)?$/m.exec(error?.stack ?? '');
  if (!at) return '';
  const file = at[1].startsWith('file://') ? node.require('internal/url').fileURLToPath(at[1]) : at[1];
  let line;
  try {
    line = node.require('fs').readFileSync(file, 'utf8').split('\n')[at[2] - 1];
  } catch {
    return '';
  }
  return line === undefined ? '' : `${at[1]}:${at[2]}\n${line}\n${' '.repeat(at[3] - 1)}^\n\n`;
}

function report(error, fromPromise) {
  const { inspect } = node.require('internal/util/inspect');
  const isError = sys.classOf(error) === sys.classes.ERROR || error instanceof Error;
  let text;
  try {
    text = isError ? sourceContext(error) + inspect(error) : `Uncaught:\n${inspect(error)}\n` +
      '(Use `node --trace-uncaught ...` to show where the exception was thrown)';
  } catch {
    text = String(error);
  }
  node.printError(`${text}\n\nNode.js ${node.process.version}\n`);
}

// Node's rule for what nobody caught: its handlers first, then the report and the end.
node.uncaught = (error, fromPromise = false) => {
  const { process } = node;
  let isHandled;
  try {
    isHandled = process._fatalException(error, fromPromise);
  } catch (second) {
    report(second);
    sys.exit(7);
  }
  if (isHandled) return;
  report(error, fromPromise);
  sys.exit(process.exitCode ?? 1);
};

node.bind('errors', (binding) => Object.assign(binding, {
  setPrepareStackTraceCallback(callback) { prepare = callback; },
  setGetSourceMapErrorSource() {},
  setSourceMapsEnabled() {},
  setMaybeCacheGeneratedSourceMap() {},
  setEnhanceStackForFatalException() {},
  noSideEffectsToString: (value) => String(value),
  triggerUncaughtException: node.uncaught,
  getErrorSourcePositions: () => undefined,
}));
