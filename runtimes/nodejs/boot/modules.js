'use strict';
// Builtin modules, scripts, CommonJS, and ES modules: QuickJS's loader, asking Node's own resolver.

const { files } = sys;
function compileFunction(source, name, parameters) {
  const head = `(function (${parameters.join(', ')}) {`;
  node.wrapped.set(name, head.length);
  return sys.script(`${head}${source.startsWith('#!') ? `//${source}` : source}\n})`, name, 0);
}

node.bind('builtins', (binding) => Object.assign(binding, {
  natives: {},
  config: JSON.stringify({ target_defaults: {}, variables: { napi_build_version: '10', node_shared: false } }),
  builtinCategories: {},
  hasCachedBuiltins: () => true,
  setInternalLoaders(internalBinding, require) { node.loaders = { internalBinding, require }; },
  compileFunction(id) {
    const compiled = sys.builtin(id);
    if (!compiled) throw new Error(`No such built-in module: ${id}`);
    if (id === 'internal/deps/undici/undici') return (...args) => compiled(...args, node.llhttpAsWebAssembly);
    return compiled;
  },
}));

// A tail of "//# sourceMappingURL=..." in the last lines.
const sourceMapURL = (source) => /\/\/[#@] sourceMappingURL=(\S+)\s*$/.exec(source.slice(-4096))?.[1];

function hasModuleSyntax(source, name) {
  try {
    sys.script(source, name, 3);
    return true;
  } catch {
    return false;
  }
}

// vm contexts. The realm's global reads from the context object through its prototype, a proxy; what a script
// assigns goes there too, and what it declares is moved there when it has ended. Without a context object
// (vm.constants.DONT_CONTEXTIFY) the global itself is the context.
const realms = new WeakMap(); // context -> { realm, global, known }
function makeRealm(object) {
  const realm = sys.realm();
  const global = sys.realmGlobal(realm);
  for (const key of ['Intl', 'Atomics']) // what the engine itself lacks
    if (!(key in global)) Object.defineProperty(global, key, { value: globalThis[key], writable: true, configurable: true });
  if (typeof object === 'symbol') {
    realms.set(global, { realm });
    return global;
  }
  for (const key of Reflect.ownKeys(object)) Reflect.deleteProperty(global, key);
  const { prototype } = sys.realmScript(realm, 'Object', 'vm');
  Object.setPrototypeOf(global, new Proxy(prototype, {
    has: (target, key) => Reflect.has(object, key) || Reflect.has(target, key),
    get: (target, key, receiver) => (Reflect.has(object, key) ? Reflect.get(object, key) : Reflect.get(target, key, receiver)),
    set: (target, key, value) => Reflect.set(object, key, value),
  }));
  const known = new Set(Reflect.ownKeys(global));
  realms.set(object, { realm, global, known });
  return object;
}
function runInRealm(object, source, name) {
  const { realm, global, known } = realms.get(object);
  if (!global) return sys.realmScript(realm, source, name);
  try {
    return sys.realmScript(realm, source, name);
  } finally {
    for (const key of Reflect.ownKeys(global))
      if (!known.has(key)) {
        Object.defineProperty(object, key, { value: global[key], writable: true, enumerable: true, configurable: true });
        if (!Reflect.deleteProperty(global, key)) known.add(key); // a declared variable stays where its functions see it
      }
  }
}

const CJS_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

node.bind('contextify', (binding) => {
  class ContextifyScript {
    constructor(source, name, lineOffset = 0) {
      const text = '\n'.repeat(Math.max(0, lineOffset)) + source;
      sys.script(text, name ?? 'evalmachine.<anonymous>', 1); // for its syntax errors
      Object.defineProperty(this, 'run', { value: (object) => (object === null ?
        sys.script(text, name ?? 'evalmachine.<anonymous>', 0) : runInRealm(object, text, name ?? 'evalmachine.<anonymous>')) });
      this.sourceMapURL = sourceMapURL(source);
      this.cachedDataRejected = undefined;
    }
    runInContext(context) { return this.run(context); }
    createCachedData() { return node.require('buffer').Buffer.alloc(0); }
  }
  Object.assign(binding, {
    ContextifyScript,
    makeContext(object) {
      const context = makeRealm(object);
      context[node.internalBinding('util').privateSymbols.contextify_context_private_symbol] = true;
      return context;
    },
    compileFunction(source, name, line, column, cached, produce, context, extensions, parameters = []) {
      if (context) throw node.notImplemented('vm.compileFunction in a context');
      return { function: compileFunction(source, name, parameters), sourceMapURL: sourceMapURL(source) };
    },
    compileFunctionForCJSLoader(source, name, isSea, shouldDetect) {
      const result = { cachedDataRejected: false, sourceMapURL: sourceMapURL(source), canParseAsESM: false, function: undefined };
      try {
        result.function = compileFunction(source, name, CJS_PARAMETERS);
      } catch (error) {
        result.canParseAsESM = hasModuleSyntax(source, name);
        if (!result.canParseAsESM || !shouldDetect) throw error;
      }
      return result;
    },
    containsModuleSyntax(source, name) {
      try {
        compileFunction(source, name ?? '[eval]', CJS_PARAMETERS);
        return false;
      } catch {
        return hasModuleSyntax(source, name ?? '[eval]');
      }
    },
    startSigintWatchdog() {},
    stopSigintWatchdog: () => false,
    watchdogHasPendingSigint: () => false,
  });
});

// package.json, read once each: [name, main, type, imports, exports, path], or null.
const packages = new Map();
function readPackage(path) {
  if (packages.has(path)) return packages.get(path);
  const fd = files.open(path, 0, 0);
  let found = null;
  if (fd >= 0) {
    const bytes = files.readAll(fd);
    files.close(fd);
    if (typeof bytes !== 'number') found = parsePackage(sys.decodeUtf8(bytes, false, false), path);
  }
  packages.set(path, found);
  return found;
}
function parsePackage(text, path) {
  let json;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const { ERR_INVALID_PACKAGE_CONFIG: E } = node.require('internal/errors').codes;
    throw new E(path, undefined, error.message);
  }
  const words = (value) => (typeof value === 'string' ? value : undefined);
  const field = (value) => (value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value));
  const type = json.type === 'module' || json.type === 'commonjs' ? json.type : 'none';
  const exports = json.exports === null ? null : field(json.exports);
  return [words(json.name), words(json.main), type, field(json.imports) ?? null, exports ?? null, path];
}
const { dirname } = { dirname: (path) => path.slice(0, Math.max(0, path.lastIndexOf('/'))) };
function nearestPackage(path) {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!folder.endsWith('/node_modules')) {
      const found = readPackage(`${folder}/package.json`);
      if (found) return found;
    }
    if (folder === '') return undefined;
  }
}

node.bind('modules', (binding) => {
  const pathOf = (url) => node.require('internal/url').fileURLToPath(url);
  Object.assign(binding, {
    readPackageJSON: (path) => readPackage(path) ?? undefined,
    getNearestParentPackageJSON: (path) => nearestPackage(path),
    getNearestParentPackageJSONType: (path) => nearestPackage(path)?.[2] ?? 'none',
    getPackageScopeConfig(url) {
      if (!url.startsWith('file:')) return '/package.json';
      return nearestPackage(pathOf(url)) ?? '/package.json';
    },
    getPackageType(url) {
      if (!url.startsWith('file:')) return undefined;
      const type = nearestPackage(pathOf(url))?.[2];
      return type === 'none' ? undefined : type;
    },
    enableCompileCache: () => [3],
    getCompileCacheDir: () => undefined,
    flushCompileCache() {},
    getCompileCacheEntry: () => undefined,
    saveCompileCacheEntry() {},
    setLazyPathHelpers(meta, url) {
      const path = pathOf(url);
      meta.dirname = node.require('path').dirname(path);
      meta.filename = path;
    },
  });
});

let lexer;
node.bind('cjs_lexer', (binding) => {
  binding.parse = (source) => {
    if (!lexer) {
      const module = { exports: {} };
      sys.builtin('ext/cjs-module-lexer')(module.exports, null, module);
      lexer = module.exports;
      lexer.initSync?.();
    }
    const { exports, reexports } = lexer.parse(source);
    return [new Set(exports), reexports];
  };
});

node.bind('module_wrap', (binding) => {
  binding.ModuleWrap = class ModuleWrap {
    constructor() { throw node.notImplemented('vm.Module'); }
  };
  // What require() gives for a module with a default export: the same, and __esModule.
  binding.createRequiredModuleFacade = (wrap) => sys.importSync(`${FACADE}${wrap.url}`);
  for (const name of ['setImportModuleDynamicallyCallback', 'setInitializeImportMetaObjectCallback']) binding[name] = () => {};
  binding.throwIfPromiseRejected = (promise) => {
    const details = sys.promiseDetails(promise);
    if (details?.[0] === 2) throw details[1];
  };
});

const FACADE = 'facade:';
const synthetic = new Map(); // URL -> function giving its exports
const isBuiltin = (specifier) => node.require('internal/bootstrap/realm').BuiltinModule.canBeRequiredByUsers(specifier) ||
  (specifier.startsWith('node:') && node.require('internal/bootstrap/realm').BuiltinModule.canBeRequiredByUsersWithoutScheme(specifier.slice(5)));

sys.esmResolve = (base, specifier, attributes) => {
  const { pathToFileURL } = node.require('internal/url');
  if (specifier.startsWith(FACADE) || base.startsWith(FACADE)) return specifier;
  const plain = specifier.startsWith('node:') ? specifier.slice(5) : specifier;
  if (isBuiltin(plain)) return `node:${plain}`;
  if (specifier.startsWith('node:')) {
    const { ERR_UNKNOWN_BUILTIN_MODULE: E } = node.require('internal/errors').codes;
    throw new E(specifier);
  }
  const parentURL = base.startsWith('/') ? pathToFileURL(base).href : base.includes(':') ? base :
    `${pathToFileURL(node.process.cwd()).href}/`;
  return node.require('internal/modules/esm/resolve').defaultResolve(specifier, { parentURL }).url;
};

// The names that a CommonJS file gives, and those that it takes over from others.
function cjsNames(path, source, seen = new Set()) {
  if (seen.has(path)) return [];
  seen.add(path);
  const [own, reexports] = node.internalBinding('cjs_lexer').parse(source);
  const names = new Set(own);
  const { Module } = node.require('internal/modules/cjs/loader');
  for (const reexport of reexports) {
    try {
      const target = Module._resolveFilename(reexport, { filename: path, id: path, paths: Module._nodeModulePaths(dirname(path)) });
      if (!target.startsWith('/') || target.endsWith('.json') || target.endsWith('.node')) continue;
      for (const name of cjsNames(target, node.require('fs').readFileSync(target, 'utf8'), seen)) names.add(name);
    } catch {
      continue; // as Node: what cannot be found adds no names
    }
  }
  return names;
}

function loadCommonJS(url, path, source) {
  const names = new Set(cjsNames(path, source));
  for (const special of ['default', 'module.exports']) names.add(special);
  synthetic.set(url, () => {
    const { Module, wrapModuleLoad } = node.require('internal/modules/cjs/loader');
    const exports = wrapModuleLoad(path, undefined, url === node.mainURL);
    const values = { 'default': exports, 'module.exports': exports };
    for (const name of names)
      if (name !== 'default' && name !== 'module.exports') values[name] = exports?.[name];
    return values;
  });
  return [...names];
}

sys.esmLoad = (url, _, attributes) => {
  const { fileURLToPath } = node.require('internal/url');
  if (url.startsWith(FACADE)) {
    const from = JSON.stringify(url.slice(FACADE.length));
    return `export * from ${from}; export { default } from ${from}; export const __esModule = true;`;
  }
  if (url.startsWith('node:')) {
    const exports = node.publicRequire(url.slice(5));
    synthetic.set(url, () => ({ ...exports, default: exports }));
    return [...Object.keys(exports).filter((name) => name !== 'default'), 'default'];
  }
  if (url.startsWith('data:')) return dataSource(url);
  const path = fileURLToPath(url);
  const source = node.require('fs').readFileSync(path, 'utf8');
  const { defaultGetFormat } = node.require('internal/modules/esm/get_format');
  const format = defaultGetFormat(new URL(url), { source });
  switch (format) {
    case 'module': return source.startsWith('#!') ? `//${source}` : source;
    case 'commonjs': return loadCommonJS(url, path, source);
    case 'json':
      if (attributes?.type !== 'json') {
        const { ERR_IMPORT_ATTRIBUTE_MISSING: E } = node.require('internal/errors').codes;
        throw new E(url, 'type', 'json');
      }
      synthetic.set(url, () => ({ default: JSON.parse(source) }));
      return ['default'];
    default: {
      const { ERR_UNKNOWN_MODULE_FORMAT: E } = node.require('internal/errors').codes;
      throw new E(format, url);
    }
  }
};

function dataSource(url) {
  const [, type, isBase64, body] = /^data:([^,;]*)[^,]*?(;base64)?,(.*)$/s.exec(url) ?? [];
  const { Buffer } = node.require('buffer');
  const source = isBase64 ? Buffer.from(decodeURIComponent(body), 'base64').toString() : decodeURIComponent(body);
  if (type !== 'application/json') return source;
  synthetic.set(url, () => ({ default: JSON.parse(source) }));
  return ['default'];
}

sys.esmValues = (url) => synthetic.get(url)();

sys.esmMeta = (meta, url) => {
  if (url.startsWith('file:')) node.internalBinding('modules').setLazyPathHelpers(meta, url);
  meta.main = url === node.mainURL;
  meta.resolve = (specifier) => {
    try {
      return sys.esmResolve(url, specifier);
    } catch (error) {
      if (error.url && ['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT'].includes(error.code)) return error.url;
      throw error;
    }
  };
  meta.url = url;
};

// In place of Node's own loader of ES modules, behind the same object.
node.setupESM = () => {
  const loader = node.require('internal/modules/esm/loader').getOrInitializeCascadedLoader();
  let main;
  loader.import = (specifier, parentURL, attributes, phase, isEntry) => {
    const base = parentURL ?? `${node.require('internal/url').pathToFileURL(node.process.cwd()).href}/`;
    if (isEntry) node.mainURL = `${specifier}`;
    const promise = sys.importModule(base, `${specifier}`);
    if (isEntry) main = promise;
    return promise;
  };
  loader.importSyncForRequire = (module, filename, source, isMain, parent) => {
    const url = node.require('internal/url').pathToFileURL(filename).href;
    const namespace = sys.importSync(url);
    if (namespace === undefined) {
      const { ERR_REQUIRE_ASYNC_MODULE: E } = node.require('internal/errors').codes;
      throw new E(filename, parent?.filename);
    }
    return { wrap: { url, getNamespace: () => namespace }, namespace };
  };
  loader.register = () => { throw node.notImplemented('module.register'); };
  node.isMainUnsettled = () => main && sys.promiseDetails(main)[0] === 0;
};
