// server.js PORT: says hello with Node's http.
require('http').createServer((request, response) => response.end('hello\n')).listen(+process.argv[2], '127.0.0.1');
