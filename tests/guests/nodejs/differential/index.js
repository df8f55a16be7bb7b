'use strict';
// Runs every check of checks/ and prints one line for each: "file/name: what came out". The same text is expected from
// Node itself and from wasmrun.
const fs = require('fs');
const path = require('path');
const { inspect } = require('util');

const LIMIT_MS = 5000;
const folder = path.join(__dirname, 'checks');
const only = process.argv[2];

function describe(error) {
  if (!(error instanceof Error)) return `throws ${inspect(error)}`;
  return `throws ${error.name} ${error.code ?? '-'} ${error.message}`;
}

function withLimit(promise) {
  let timer;
  const limit = new Promise((resolve) => { timer = setTimeout(resolve, LIMIT_MS, 'no answer'); });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

async function run(file) {
  const checks = require(path.join(folder, file));
  for (const [name, body] of Object.entries(checks)) {
    let line;
    try {
      line = inspect(await withLimit(body()), { depth: 6, breakLength: Infinity, compact: true, maxStringLength: 400 });
    } catch (error) {
      line = describe(error);
    }
    console.log(`${path.basename(file, '.js')}/${name}: ${line.replaceAll('\n', '\\n')}`);
  }
}

(async () => {
  for (const file of fs.readdirSync(folder).sort())
    if (!only || file === `${only}.js`) await run(file);
})();
