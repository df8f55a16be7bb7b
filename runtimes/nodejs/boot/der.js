'use strict';
// DER, what keys and certificates are written in, and PEM around it.

const TAG = { integer: 2, bits: 3, octets: 4, null: 5, oid: 6, sequence: 0x30, set: 0x31 };
const broken = () => new Error('not DER');

// The value at an offset: { tag, at, body, all, end }; body without the head, all with it.
function read(bytes, at = 0) {
  if (at + 2 > bytes.length) throw broken();
  const tag = bytes[at];
  let length = bytes[at + 1], from = at + 2;
  if (length > 0x80) {
    const count = length & 0x7f;
    if (count > 4 || from + count > bytes.length) throw broken();
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + bytes[from++];
  } else if (length === 0x80) {
    throw broken();
  }
  const end = from + length;
  if (end > bytes.length) throw broken();
  return { tag, body: bytes.subarray(from, end), all: bytes.subarray(at, end), end };
}

function children(value) {
  const list = [];
  for (let at = 0; at < value.body.length;) {
    const child = read(value.body, at);
    list.push(child);
    at = child.end;
  }
  return list;
}

function oid(value) {
  const numbers = [];
  let n = 0;
  for (const byte of value.body) {
    n = n * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (numbers.length === 0) numbers.push(Math.min(2, Math.floor(n / 40)), n - 40 * Math.min(2, Math.floor(n / 40)));
    else numbers.push(n);
    n = 0;
  }
  return numbers.join('.');
}

function write(tag, ...parts) {
  const length = parts.reduce((n, part) => n + part.length, 0);
  const head = [tag];
  if (length < 0x80) head.push(length);
  else if (length < 0x100) head.push(0x81, length);
  else if (length < 0x10000) head.push(0x82, length >> 8, length & 255);
  else head.push(0x83, length >> 16, length >> 8 & 255, length & 255);
  const out = new Uint8Array(head.length + length);
  out.set(head);
  let at = head.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function writeOid(text) {
  const [first, second, ...rest] = text.split('.').map(Number);
  const bytes = [];
  for (const n of [first * 40 + second, ...rest]) {
    const septets = [n % 128];
    for (let left = Math.floor(n / 128); left > 0; left = Math.floor(left / 128)) septets.unshift(left % 128 | 0x80);
    bytes.push(...septets);
  }
  return write(TAG.oid, Uint8Array.from(bytes));
}

// Of a number that is not negative, big-endian.
function writeInteger(bytes) {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const trimmed = bytes.subarray(from);
  return trimmed[0] & 0x80 ? write(TAG.integer, [0], trimmed) : write(TAG.integer, trimmed);
}
const unsigned = (value) => (value.body.length > 1 && value.body[0] === 0 ? value.body.subarray(1) : value.body);

// The first block of PEM in the text: { label, headers, bytes }
function unarmour(text) {
  const match = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n?((?:[\w-]+: .*\r?\n)*)([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(text);
  return match && { label: match[1], headers: match[2], bytes: new Uint8Array(node.require('buffer').Buffer.from(match[3], 'base64')) };
}
const armour = (label, bytes) => `-----BEGIN ${label}-----\n${
  node.require('buffer').Buffer.from(bytes).toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;

node.der = { TAG, read, children, oid, write, writeOid, writeInteger, unsigned, unarmour, armour };
