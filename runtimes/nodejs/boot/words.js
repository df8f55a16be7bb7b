'use strict';
// What V8 says where the engine says something else, and people read it or programs pass it on: why a text is no JSON, and
// what a date looks like.

const CONTEXT = 10, SHORT = 40;

function position(text, at) {
  const before = text.slice(0, at).split('\n');
  return `in JSON at position ${at} (line ${before.length} column ${before.at(-1).length + 1})`;
}

function unexpected(text, at) {
  if (at >= text.length) return 'Unexpected end of JSON input';
  const shown = text.length <= SHORT ? `"${text}"` :
    `${at <= CONTEXT ? '' : '...'}"${text.slice(Math.max(0, at - CONTEXT), at + CONTEXT)}"${at + CONTEXT >= text.length ? '' : '...'}`;
  return `Unexpected token '${String.fromCodePoint(text.codePointAt(at))}', ${shown} is not valid JSON`;
}

class Found {
  constructor(message) { this.message = message; }
}

// Throws a Found with V8's words for the first thing that is wrong.
function scan(text) {
  let at = 0;
  const fail = (words) => { throw new Found(`${words} ${position(text, at)}`); };
  const token = () => { throw new Found(unexpected(text, at)); };
  const space = () => { while (' \t\n\r'.includes(text[at]) && at < text.length) at++; };
  function string() {
    for (at++; text[at] !== '"'; at++) {
      if (at >= text.length) fail('Unterminated string');
      if (text[at] < ' ') fail('Bad control character in string literal');
      if (text[at] !== '\\') continue;
      at++;
      if (at >= text.length) fail('Unterminated string');
      if (text[at] === 'u') {
        for (let i = 0; i < 4; i++) if (!/[0-9a-fA-F]/.test(text[++at] ?? '')) fail('Bad Unicode escape');
      } else if (!'"\\/bfnrt'.includes(text[at])) {
        fail('Bad escaped character');
      }
    }
    at++;
  }
  const digits = () => { while (text[at] >= '0' && text[at] <= '9') at++; };
  const isDigit = () => text[at] >= '0' && text[at] <= '9';
  function number() {
    if (text[at] === '-' && (at++, !isDigit())) fail('No number after minus sign');
    if (text[at] === '0') {
      at++;
      if (isDigit()) fail('Unexpected number');
    } else {
      digits();
    }
    if (text[at] === '.' && (at++, !isDigit())) fail('Unterminated fractional number');
    digits();
    if (text[at] === 'e' || text[at] === 'E') {
      at++;
      if (text[at] === '+' || text[at] === '-') at++;
      if (!isDigit()) fail('Exponent part is missing a number');
      digits();
    }
  }
  function word(expected) {
    for (const letter of expected) {
      if (text[at] !== letter) token();
      at++;
    }
  }
  function object() {
    at++;
    space();
    if (text[at] === '}') return void at++;
    for (let isFirst = true; ; isFirst = false) {
      if (text[at] !== '"') fail(isFirst ? "Expected property name or '}'" : 'Expected double-quoted property name');
      string();
      space();
      if (text[at] !== ':') fail("Expected ':' after property name");
      at++;
      value();
      if (text[at] === '}') return void at++;
      if (text[at] !== ',') fail("Expected ',' or '}' after property value");
      at++;
      space();
    }
  }
  function array() {
    at++;
    space();
    if (text[at] === ']') return void at++;
    for (;;) {
      value();
      if (text[at] === ']') return void at++;
      if (text[at] !== ',') fail("Expected ',' or ']' after array element");
      at++;
    }
  }
  function value() {
    space();
    const c = text[at];
    if (c === '{') object();
    else if (c === '[') array();
    else if (c === '"') string();
    else if (c === 't') word('true');
    else if (c === 'f') word('false');
    else if (c === 'n') word('null');
    else if (c === '-' || isDigit()) number();
    else token();
    space();
  }
  value();
  if (at < text.length) fail('Unexpected non-whitespace character after JSON');
}

function wordsFor(text) {
  if (['undefined', '[object Object]'].includes(text)) return `"${text}" is not valid JSON`;
  try {
    scan(text);
  } catch (error) {
    if (error instanceof Found) return error.message.replace('after JSON in JSON', 'after JSON');
  }
  return undefined; // too deep, or we are mistaken: the engine's words
}

const { parse } = JSON;
JSON.parse = { parse(text, reviver) {
  try {
    return parse(text, reviver);
  } catch (error) {
    const words = sys.classOf(error) === sys.classes.ERROR && error.name === 'SyntaxError' ? wordsFor(String(text)) : undefined;
    if (words) error.message = words;
    throw error;
  }
} }.parse;

// The guest's clock is UTC's.
const ZONE = ' (Coordinated Universal Time)';
for (const name of ['toString', 'toTimeString']) {
  const plain = Date.prototype[name];
  Date.prototype[name] = { [name]() {
    const text = plain.call(this);
    return text.endsWith('GMT+0000') ? text + ZONE : text;
  } }[name];
}
