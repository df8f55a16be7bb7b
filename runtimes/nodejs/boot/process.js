'use strict';
// `process`, its methods, the options, and what a guest can know about the machine.

const { files, sockets } = sys;
const { $process: built } = node.skeleton;
const PID = 1; // there is one process in the guest's world
let started = 0; // on the monotonic clock

function process() {}
node.process = new process();
const env = {};
// A variable is a string, whatever is assigned.
const envProxy = new Proxy(env, {
  set(target, key, value) {
    if (typeof key === 'symbol' || typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
    target[key] = `${value}`;
    return true;
  },
  defineProperty(target, key, descriptor) {
    if (!('value' in descriptor)) {
      const { ERR_INVALID_OBJECT_DEFINE_PROPERTY: E } = node.require('internal/errors').codes;
      throw new E("'process.env' does not accept an accessor(getter/setter) descriptor");
    }
    if (!descriptor.configurable || !descriptor.writable || !descriptor.enumerable) {
      const { ERR_INVALID_OBJECT_DEFINE_PROPERTY: E } = node.require('internal/errors').codes;
      throw new E("'process.env' only accepts a configurable, writable, and enumerable data descriptor");
    }
    return Reflect.defineProperty(target, key, { ...descriptor, value: `${descriptor.value}` });
  },
});

let cwd = '/';
node.atStart(() => {
  let argv0, rest;
  [argv0, cwd, ...rest] = sys.argv; // wasmrun gives: argv[0], the folder to start in, options, the script, its arguments
  const n = node.countOptions(rest);
  node.process.execArgv = rest.splice(0, n);
  node.process.argv = ['node', ...rest];
  for (const assignment of sys.env) {
    const at = assignment.indexOf('=', 1);
    env[assignment.slice(0, at)] = assignment.slice(at + 1);
  }
  node.applyOptions(node.process.execArgv);
  started = sys.clock(true);
});

const versions = {};
for (const [name, version] of Object.entries(built.versions))
  if (['node', 'modules', 'uv', 'llhttp', 'ada', 'zlib', 'acorn', 'cjs_module_lexer', 'undici', 'openssl'].includes(name))
    versions[name] = version;
versions.quickjs = node.quickjsVersion ?? '0.18.0';
versions.v8 = built.versions.v8; // libraries parse it

Object.assign(node.process, {
  version: built.version,
  versions: Object.freeze(versions),
  arch: 'x64',
  platform: 'linux',
  release: Object.freeze({ name: 'node', lts: built.lts, sourceUrl: '', headersUrl: '' }),
  execArgv: [],
  env: envProxy,
  pid: PID,
  ppid: 0,
  execPath: '/usr/bin/node',
  debugPort: 9229,
  argv: [],
  features: {},
  _events: undefined,
  _rawDebug: undefined,
});
let title = 'node';
Object.defineProperty(node.process, 'title', {
  configurable: true, enumerable: true, get: () => title, set(value) { title = String(value); },
});

node.printError = (text) => {
  const bytes = new Uint8Array(sys.encode(text, 1));
  for (let at = 0; at < bytes.length;) {
    const n = files.write(2, bytes, at, bytes.length - at, -1);
    if (n <= 0 && n !== -11) return;
    if (n > 0) at += n;
  }
};

const { privateSymbols } = node.internalBinding('util');
node.process[privateSymbols.exit_info_private_symbol] = new Int32Array(3);

function nodeError(errno, syscall, path, dest) {
  const [code, message] = node.errorMap.get(errno);
  return Object.assign(new Error(`${code}: ${message}, ${syscall} '${path}' -> '${dest}'`), { errno, code, syscall, path, dest });
}

node.bind('process_methods', (binding) => {
  const hrtime = binding.hrtimeBuffer;
  const hrtimeBig = new BigInt64Array(hrtime.buffer, 0, 1);
  const usage = (values) => {
    values[0] = sys.cpuTime();
    values[1] = 0;
  };
  Object.assign(binding, {
    dlopen(module, path) {
      const error = new Error(`${path} is a native addon: machine code, which a WebAssembly guest cannot run`);
      throw Object.assign(error, { code: 'ERR_DLOPEN_FAILED' });
    },
    hrtime() {
      const ns = BigInt(sys.clock(true));
      const seconds = ns / 1000000000n;
      hrtime[0] = Number(seconds >> 32n);
      hrtime[1] = Number(seconds & 0xFFFFFFFFn);
      hrtime[2] = Number(ns % 1000000000n);
    },
    hrtimeBigInt() { hrtimeBig[0] = BigInt(sys.clock(true)); },
    uptime: () => (sys.clock(true) - started) / 1e9,
    patchProcessObject() {},
    cwd: () => cwd,
    chdir(path) {
      const full = node.require('path').resolve(cwd, path);
      const stat = new Float64Array(18);
      const r = files.stat(full, true, stat);
      if (r < 0) throw nodeError(r, 'chdir', cwd, path);
      if ((stat[1] & 0o170000) !== 0o040000) throw nodeError(-20, 'chdir', cwd, path);
      cwd = full;
    },
    umask: () => 0o022,
    memoryUsage(values) {
      const used = sys.memoryUsed();
      values.set([used, used, used, 0, 0]);
    },
    rss: () => sys.memoryUsed(),
    constrainedMemory: () => 0,
    availableMemory: () => 4 * 2 ** 30 - sys.memoryUsed(),
    cpuUsage: usage,
    threadCpuUsage: usage,
    resourceUsage(values) {
      values.fill(0);
      values[0] = sys.cpuTime();
    },
    _getActiveRequests: () => [],
    _getActiveHandles: () => [],
    getActiveResourcesInfo: () => [],
    _kill: (pid, signal) => (pid !== PID ? -3 : signal === 0 ? 0 : node.raise(signal)),
    _rawDebug: (text) => node.printError(`${text}\n`),
    reallyExit: (code) => sys.exit(code ?? 0),
    abort: () => sys.abort(),
    setEmitWarningSync() {},
    loadEnvFile(path) {
      const parsed = node.parseEnv(node.require('fs').readFileSync(path, 'utf8'));
      for (const [name, value] of Object.entries(parsed)) env[name] ??= value;
    },
  });
});

node.bind('credentials', (binding) => Object.assign(binding, {
  safeGetenv: (name) => env[name],
  getTempDir: () => env.TMPDIR ?? '/tmp',
  getuid: () => 0, geteuid: () => 0, getgid: () => 0, getegid: () => 0, getgroups: () => [0],
}));

node.bind('config', (binding) => Object.assign(binding, {
  hasIntl: true, hasInspector: false, hasTracing: false, hasOpenSSL: true, fipsMode: false, bits: 64,
  getDefaultLocale: () => 'en-US',
}));

node.bind('os', (binding) => Object.assign(binding, {
  getHostname: () => { const name = sockets.hostname(); return typeof name === 'string' ? name : 'localhost'; },
  getLoadAvg: (values) => values.fill(0),
  getUptime: () => sys.clock(true) / 1e9,
  getTotalMem: () => 4 * 2 ** 30, // of a 32-bit guest
  getFreeMem: () => 4 * 2 ** 30 - sys.memoryUsed(),
  getCPUs: () => ['wasm32', 0, 0, 0, 0, 0, 0],
  getInterfaceAddresses: () => ['lo', '127.0.0.1', '255.0.0.0', 'IPv4', '00:00:00:00:00:00', true, -1],
  getHomeDirectory: () => env.HOME ?? '/root',
  getUserInfo: () => ({ uid: 0, gid: 0, username: env.USER ?? 'root', homedir: env.HOME ?? '/root', shell: null }),
  setPriority: () => 0,
  getPriority: () => 0,
  getAvailableParallelism: () => 1,
  getOSInformation: () => ['Linux', '#1 wasmrun', '6.1.0', 'x86_64'],
}));

const noop = () => {};
const noops = {
  trace_events: ['setTraceCategoryStateUpdateHandler', 'trace'],
  inspector: ['setConsoleExtensionInstaller', 'registerAsyncHook', 'setupNetworkTracking', 'consoleCall', 'isEnabled'],
  mksnapshot: ['setSerializeCallback', 'setDeserializeCallback', 'setDeserializeMainFunction', 'runEmbedderPreload'],
  performance: ['setupObservers', 'installGarbageCollectionTracking', 'removeGarbageCollectionTracking', 'notify'],
  permission: [],
  report: ['setCompact', 'setExcludeNetwork', 'setDirectory', 'setFilename', 'setSignal'],
  v8: ['setHeapSnapshotNearHeapLimit'],
  wasm_web_api: ['setImplementation'],
  diagnostics_channel: ['linkNativeChannel'],
  http2: ['setCallbackFunctions'],
};
const later = {
  trace_events: (b) => Object.assign(b, {
    isTraceCategoryEnabled: () => false, getCategoryEnabledBuffer: () => new Uint8Array(1), getEnabledCategories: () => undefined,
    available: false,
  }),
  mksnapshot: (b) => { b.isBuildingSnapshotBuffer.fill(1); }, // until the end of boot/main.js
  performance(b) {
    const { NODE_PERFORMANCE_MILESTONE_TIME_ORIGIN_TIMESTAMP: WALL, NODE_PERFORMANCE_MILESTONE_TIME_ORIGIN: ORIGIN } = b.constants;
    node.atStart(() => {
      b.milestones.fill(started);
      b.milestones[ORIGIN] = started;
      b.milestones[WALL] = sys.clock(false) / 1e3;
    });
    b.observerCounts.fill(0);
    b.markBootstrapComplete = () => node.setupESM(); // called just before the user's script
    b.now = () => (sys.clock(true) - started) / 1e6;
    b.loopIdleTime = () => 0;
    b.uvMetricsInfo = () => [0, 0, 0];
  },
  permission: (b) => { b.has = () => true; },
  report: (b) => { b.getCompact = () => false; b.getExcludeNetwork = () => false; },
  v8(b) {
    b.heapStatisticsBuffer?.fill(0);
    b.updateHeapStatisticsBuffer = () => { b.heapStatisticsBuffer[0] = b.heapStatisticsBuffer[4] = sys.memoryUsed(); };
    b.updateHeapSpaceStatisticsBuffer = () => {};
    b.updateHeapCodeStatisticsBuffer = () => {};
    b.isStringOneByteRepresentation = (s) => !/[^\0-\xFF]/.test(s);
    b.setFlagsFromString = () => {};
    b.startupSnapshot = undefined;
  },
  inspector: (b) => { b.isEnabled = () => false; },
};
for (const name of Object.keys(noops))
  node.bind(name, (binding) => {
    for (const key of noops[name]) binding[key] = noop;
    later[name]?.(binding);
  });

node.bind('internal_only_v8', (binding) => { // only there with --expose-internals
  binding.queryObjects = () => { throw node.notImplemented('v8.queryObjects'); };
});
node.bind('worker', (binding) => Object.assign(binding, {
  isMainThread: true, isInternalThread: false, ownsProcessState: true, threadId: 0, threadName: 'main',
  getEnvMessagePort: () => undefined,
}));
node.bind('sea', (binding) => Object.assign(binding, { isSea: () => false, isExperimentalSeaWarningNeeded: () => false }));
node.bind('uv', (binding) => Object.assign(binding, {
  errname: (code) => node.errorMap.get(code)?.[0] ?? `Unknown system error ${code}`,
  getErrorMap: () => node.errorMap,
  getErrorMessage: (code) => node.errorMap.get(code)?.[1] ?? `Unknown system error ${code}`,
}));
