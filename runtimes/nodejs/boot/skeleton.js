'use strict';
// internalBinding(): the skeleton that Node's own binary gave when the runtime was built, with ours laid over it.
// A function that nobody has written throws ERR_METHOD_NOT_IMPLEMENTED and says its name.

const skeleton = JSON.parse(sys.blobText('skeleton'));
const objects = []; // by the number that the dump gave them
const symbols = new Map();
const fills = new Map();
const bindings = new Map();

node.skeleton = skeleton;
node.bind = (name, fill) => fills.set(name, [...fills.get(name) ?? [], fill]);

const notImplemented = (name) => {
  const error = new Error(`The ${name} method is not implemented`);
  error.code = 'ERR_METHOD_NOT_IMPLEMENTED';
  return error;
};
node.notImplemented = notImplemented;

function makeFunction(encoded, name) {
  let made;
  if (encoded.m) {
    made = class { constructor() { if (encoded.m.length > 0) throw notImplemented(name); } };
    for (const method of encoded.m)
      Object.defineProperty(made.prototype, method, {
        configurable: true, writable: true, value() { throw notImplemented(`${name}.${method}`); },
      });
  } else {
    made = function() { throw notImplemented(name); };
  }
  Object.defineProperty(made, 'name', { configurable: true, value: encoded.n });
  return made;
}

function decodeProperties(target, properties, name) {
  for (const key of Object.keys(properties ?? {})) target[key] = decode(properties[key], `${name}.${key}`);
  return target;
}

function remember(made) {
  objects.push(made);
  return made;
}

function decode(encoded, name) {
  if (typeof encoded !== 'object' || encoded === null) return encoded;
  switch (encoded.$) {
    case 'd': return Number(encoded.v);
    case 'r': return objects[encoded.v];
    case 's':
      if (!symbols.has(encoded.v))
        symbols.set(encoded.v, name.startsWith('util.privateSymbols') ? sys.privateSymbol(encoded.v) : Symbol(encoded.v));
      return symbols.get(encoded.v);
    case 't': return remember(new globalThis[encoded.c](encoded.n));
    case 'b': return remember(new ArrayBuffer(encoded.n));
    case 'a': { // numbered before what it holds, as the dump did
      const list = remember([]);
      for (const item of encoded.v) list.push(decode(item, name));
      return list;
    }
    case 'm': {
      const map = remember(new Map());
      for (const [key, value] of encoded.v) map.set(decode(key, name), decode(value, name));
      return map;
    }
    case 'S': {
      const set = remember(new Set());
      for (const item of encoded.v) set.add(decode(item, name));
      return set;
    }
    case 'f': {
      const made = remember(makeFunction(encoded, name));
      return decodeProperties(made, encoded.p, name);
    }
    default: return decodeProperties(remember({}), encoded.p, name);
  }
}
node.decode = decode;

// Objects that appear twice are numbered over all bindings, so all are decoded, once.
const decoded = {};
for (const name of Object.keys(skeleton)) if (name[0] !== '$') decoded[name] = decode(skeleton[name], name);
node.options = decode(skeleton.$options, 'options');
node.errorMap = decode(skeleton.$errors, 'errors'); // number -> [name, message]

node.internalBinding = (name) => {
  if (bindings.has(name)) return bindings.get(name);
  const binding = decoded[name] ?? (fills.has(name) ? {} : undefined);
  if (!binding) throw new Error(`No such binding: ${name}`);
  bindings.set(name, binding);
  for (const fill of fills.get(name) ?? []) fill(binding);
  return binding;
};
