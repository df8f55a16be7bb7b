// An HTTP server with Express; see ../../docs/nodejs.md.
import express from 'express';

const name = process.env.NAME ?? 'node-server';
const app = express();

app.get('/', (request, response) => {
  const { remoteAddress, remotePort } = request.socket;
  response.send(`hello from ${name}, you are ${remoteAddress}:${remotePort}\n`);
});

app.listen(8080, '127.0.0.1');
