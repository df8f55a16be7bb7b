'use strict';
// The runtime's start, up to the user's script. Node's files run in Node's order; what its C++ does between them is
// done here.
//
// `sys` is the C half; `node` is what the files of boot/ share:
//	node.bind(name, fill)	fill(binding) completes the skeleton of internalBinding(name) when it is first asked for
//	node.loop		the event loop (loop.js)
//	node.atStart(callback)	what is not the same for all starts: what is here up to the end is run when the runtime is
//				built, and its memory is kept; the callbacks, and the function that this file gives, at each start

node.sys = sys;
const starts = [];
node.atStart = (callback) => { starts.push(callback); };
const files = ['skeleton', 'engine', 'errors', 'loop', 'process', 'options', 'bytes', 'icu', 'files', 'streams', 'signals', 'http',
               'fetch', 'exchange', 'modules', 'url', 'zlib', 'crypto', 'der', 'pkey', 'x509', 'tls', 'messaging', 'names',
               'words', 'intl'];
for (const file of files) sys.builtin(`boot/${file}`)(sys, node);

const { process } = node;
const primordials = {};
const { privateSymbols } = node.internalBinding('util');
const perIsolateSymbols = node.internalBinding('symbols');
node.perContext = {};
for (const file of ['primordials', 'domexception', 'messageport'])
  sys.builtin(`internal/per_context/${file}`)(node.perContext, primordials, privateSymbols, perIsolateSymbols);
node.primordials = primordials;

const noLinkedBinding = (name) => { throw new Error(`No such binding: ${name}`); };
sys.builtin('internal/bootstrap/realm')(process, noLinkedBinding, node.internalBinding, primordials);
const { internalBinding, require } = node.loaders;
node.require = require;

const run = (file) => sys.builtin(file)(process, require, internalBinding, primordials);
run('internal/bootstrap/node');
for (const file of ['exposed-wildcard', 'exposed-window-or-worker']) run(`internal/bootstrap/web/${file}`);
for (const file of ['is_main_thread', 'does_own_process_state']) run(`internal/bootstrap/switches/${file}`);
node.publicRequire = (id) => require('internal/bootstrap/realm').BuiltinModule.map.get(id).compileForPublicLoader();

// What most projects load.
const preloaded = ['assert', 'async_hooks', 'buffer', 'child_process', 'crypto', 'diagnostics_channel', 'dns', 'events', 'fs',
                   'fs/promises', 'http', 'https', 'net', 'os', 'path', 'perf_hooks', 'process', 'querystring', 'readline',
                   'stream', 'stream/promises', 'stream/web', 'string_decoder', 'timers', 'timers/promises', 'tls', 'tty', 'url',
                   'util', 'v8', 'vm', 'worker_threads', 'zlib'];
for (const id of ['internal/process/pre_execution', 'internal/modules/run_main', ...preloaded]) require(id);
node.installExchange();
const { isBuildingSnapshotBuffer } = internalBinding('mksnapshot');
isBuildingSnapshotBuffer[0] = 0;

return () => {
  for (const callback of starts) callback();
  node.loop.main(() => run('internal/main/run_main_module'));
};
