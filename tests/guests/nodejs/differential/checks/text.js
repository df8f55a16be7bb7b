'use strict';
const path = require('path');
const qs = require('querystring');
const { StringDecoder } = require('string_decoder');
const punycode = process.getBuiltinModule('punycode');
module.exports = {
  path_join: () => [path.join('/a', '..', 'b', './c/'), path.resolve('/x', '../y'), path.normalize('a//b/../c/.')],
  path_parts: () => [path.parse('/data/u/file.tar.gz'), path.format({ dir: '/d', name: 'n', ext: '.e' }), path.basename('a/b.js', '.js'), path.extname('.bashrc')],
  path_relative: () => [path.relative('/a/b/c', '/a/d'), path.isAbsolute('a'), path.sep, path.delimiter],
  path_win32: () => [path.win32.join('c:\\a', '..\\b'), path.win32.parse('C:\\x\\y.txt')],
  path_glob: () => path.matchesGlob?.('/foo/bar', '/foo/*'),
  path_bad: () => path.join(5),
  qs_parse: () => ({ ...qs.parse('a=1&b=2&a=3&c=%20x+y&d&=e') }),
  qs_stringify: () => qs.stringify({ a: [1, 2], b: 'é&=', c: true, d: null, e: undefined }),
  qs_escape: () => [qs.escape('a b&ü'), qs.unescape('%41%zz')],
  qs_options: () => ({ ...qs.parse('a:1;b:2', ';', ':', { maxKeys: 1 }) }),
  decoder_utf8: () => { const d = new StringDecoder('utf8'); return [d.write(Buffer.from([0xE2, 0x82])), d.write(Buffer.from([0xAC, 0xF0])), d.end(Buffer.from([0x9F]))]; },
  decoder_bad: () => { const d = new StringDecoder(); return [d.write(Buffer.from([0xFF, 0xC3])), d.write(Buffer.from([0x28])), d.end()]; },
  decoder_utf16: () => { const d = new StringDecoder('utf16le'); return [d.write(Buffer.from([0x3D])), d.write(Buffer.from([0xD8, 0x00])), d.write(Buffer.from([0xDE])), d.end()]; },
  decoder_base64: () => { const d = new StringDecoder('base64'); return [d.write(Buffer.from('ab')), d.write(Buffer.from('cd')), d.end()]; },
  decoder_hex: () => new StringDecoder('hex').write(Buffer.from('ab')),
  decoder_state: () => { const d = new StringDecoder(); d.write(Buffer.from([0xF0, 0x9F])); return [d.lastNeed, d.lastTotal, d.encoding]; },
  decoder_type: () => new StringDecoder().write(5),
  punycode: () => [punycode.toASCII('mañana.com'), punycode.toUnicode('xn--maana-pta.com')],
  constants: () => [require('constants').O_RDONLY, require('os').constants.signals.SIGTERM, require('os').constants.errno.ENOENT],
  os: () => [require('os').EOL, require('os').platform(), require('os').endianness(), require('os').type(), typeof require('os').totalmem()],
};
