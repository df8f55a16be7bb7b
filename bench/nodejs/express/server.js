// server.js PORT: says hello with Express 4.
const app = require('express')();
app.get('/', (request, response) => response.send('hello\n'));
app.listen(+process.argv[2], '127.0.0.1');
