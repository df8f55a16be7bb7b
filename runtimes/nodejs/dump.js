'use strict';
// Run by Node itself when the runtime is built: writes its own library, and a skeleton of its bindings, into a folder.
//
// usage: node --expose-internals dump.js OUT
//
// The skeleton holds what a binding's C++ would have defined: constants, tables, and the names of functions, classes
// and methods, so that no constant is typed by hand, and what we do not write can say its name.
const fs = require('fs');
const path = require('path');
const { internalBinding } = require('internal/test/binding');

const out = process.argv[2];
const { natives, builtinIds } = internalBinding('builtins');
const DEPTH_MAX = 5;
const OF_FUNCTIONS = ['length', 'name', 'prototype', 'arguments', 'caller'];

function writeLibrary() {
  for (const id of builtinIds) {
    const file = path.join(out, 'lib', `${id}.js`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, natives[id]);
  }
}

function bindingNames() {
  const names = new Set();
  for (const id of builtinIds)
    for (const match of natives[id].matchAll(/internalBinding\('(\w+)'\)/g)) names.add(match[1]);
  return [...names].sort();
}

const seen = new Map();

function encodeProperties(object, depth) {
  const properties = {};
  for (const key of Object.getOwnPropertyNames(object)) {
    if (typeof object === 'function' && OF_FUNCTIONS.includes(key)) continue;
    const { value } = Object.getOwnPropertyDescriptor(object, key);
    if (value !== undefined) properties[key] = encode(value, depth + 1);
  }
  return properties;
}

// $ is the kind: d number, s symbol, r the same object again, t typed array, b ArrayBuffer, m Map, S Set, a Array,
// f function (m: its methods, if it is a class), o object.
function encodeObject(value, depth) {
  const list = (items) => items.map((item) => encode(item, depth + 1));
  if (ArrayBuffer.isView(value))
    return { $: 't', c: value[Symbol.toStringTag] ?? 'DataView', n: value.length }; // what is in it is this run's
  if (value instanceof ArrayBuffer) return { $: 'b', n: value.byteLength };
  if (value instanceof Map) return { $: 'm', v: [...value].map(list) };
  if (value instanceof Set) return { $: 'S', v: list([...value]) };
  if (Array.isArray(value)) return { $: 'a', v: list(value) };
  const encoded = { $: typeof value === 'function' ? 'f' : 'o' };
  if (depth <= DEPTH_MAX) encoded.p = encodeProperties(value, depth);
  if (typeof value === 'function') {
    encoded.n = value.name;
    if (value.prototype)
      encoded.m = Object.getOwnPropertyNames(value.prototype).filter((name) => name !== 'constructor');
  }
  return encoded;
}

function encode(value, depth) {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: 'd', v: String(value) };
    case 'symbol': return { $: 's', v: value.description };
    case 'object': case 'function': break;
    default: return value;
  }
  if (value === null) return null;
  if (seen.has(value)) return { $: 'r', v: seen.get(value) };
  seen.set(value, seen.size);
  return encodeObject(value, depth);
}

function writeSkeleton() {
  const skeleton = {};
  for (const name of bindingNames()) {
    try {
      const binding = internalBinding(name);
      skeleton[name] = encode(name === 'builtins' ? { builtinIds } : binding, 0);
    } catch {
      continue; // not in this build of Node
    }
  }
  skeleton.$options = encode(internalBinding('options').getCLIOptionsValues(), 0);
  skeleton.$errors = encode(internalBinding('uv').getErrorMap(), 0);
  skeleton.$process = { version: process.version, versions: process.versions, lts: process.release.lts };
  fs.writeFileSync(path.join(out, 'skeleton.json'), JSON.stringify(skeleton));
}

// What Node trusts when a program does not say.
function writeRoots() {
  fs.writeFileSync(path.join(out, 'roots.pem'), internalBinding('crypto').getBundledRootCertificates().join('\n'));
}

writeLibrary();
writeRoots();
writeSkeleton();
