'use strict';
// Node's options, as they stand before the script: node [OPTION]... FILE.

const values = { __proto__: null, ...node.options };
Object.assign(values, {
  '--expose-internals': false, '--warnings': true, '--deprecation': true,
  '--experimental-require-module': true, '--require-module': true, // a module that awaits is refused, as in Node
  '--experimental-sqlite': false, '--experimental-websocket': true, '--experimental-eventsource': false,
  '--network-family-autoselection': true, '--max-http-header-size': 16384,
});

const SHORT = { '-r': '--require', '-C': '--conditions' };
const TAKES_NEXT = ['--require', '--import', '--conditions'];
// What tunes V8, or what nobody who runs a guest can use.
const IGNORED = /^--(watch(-path|-preserve-output)?|inspect(-brk|-port|-wait)?|max-.*-s(ize|pace)|(no-)?experimental-.*|expose-gc|enable-source-maps)$/;

// How many words there are before the script.
node.countOptions = (words) => {
  let n = 0;
  while (words[n]?.startsWith('-')) n += TAKES_NEXT.includes(SHORT[words[n]] ?? words[n]) ? 2 : 1;
  return n;
};

function loadEnvFile(path, mayBeMissing) {
  const { loadEnvFile: load } = node.process;
  try {
    load(path);
  } catch (error) {
    if (mayBeMissing && error.code === 'ENOENT') return;
    refuse(`${path}: not found`);
  }
}

function refuse(words) {
  node.printError(`node: ${words}\n`);
  sys.exit(9);
}

function apply(name, value) {
  if (IGNORED.test(name)) return;
  if (name === '--env-file' || name === '--env-file-if-exists') loadEnvFile(value, name !== '--env-file');
  else if (Array.isArray(values[name])) values[name].push(value);
  else if (values[name] === true || values[name] === false) values[name] = true;
  else if (name.startsWith('--no-') && typeof values[`--${name.slice(5)}`] === 'boolean') values[`--${name.slice(5)}`] = false;
  else if (name in values && value !== undefined) values[name] = typeof values[name] === 'number' ? Number(value) : value;
  else refuse(`bad option: ${name}`);
}

node.applyOptions = (words) => {
  for (let i = 0; i < words.length; i++) {
    const [, word, given] = /^([^=]+)(?:=(.*))?$/s.exec(words[i]);
    const name = SHORT[word] ?? word;
    apply(name, given ?? (TAKES_NEXT.includes(name) ? words[++i] : undefined));
  }
};

node.bind('options', (binding) => {
  Object.assign(binding, {
    getCLIOptionsValues: () => values,
    getCLIOptionsInfo: () => ({ options: new Map(), aliases: new Map() }),
    getOptionsAsFlags: () => [],
    getEmbedderOptions: () => ({
      shouldNotRegisterESMLoader: false, noGlobalSearchPaths: true, noBrowserGlobals: false, hasEmbedderPreload: false,
    }),
    getEnvOptionsInputType: () => new Map(),
    getNamespaceOptionsInputType: () => new Map(),
  });
});
