'use strict';
// Express and ws over TLS; the key and the certificate come in the environment.
const express = require('express5');
const { WebSocketServer, WebSocket } = require('ws');
const https = require('https');

const { KEY, CERT, CA } = process.env;
const app = express();
app.use(express.json());
app.get('/', (req, res) => res.json({ protocol: req.protocol, secure: req.secure }));
app.post('/echo', (req, res) => res.json(req.body));
app.get('/socket', (req, res) => {
  const socket = new WebSocket('wss://localhost:3000/', { ca: CA });
  socket.on('open', () => socket.send('x'.repeat(70000))).on('error', (e) => res.status(500).json(e.code));
  socket.on('message', (text) => {
    res.json(String(text).length);
    socket.close();
  });
});
const server = https.createServer({ key: KEY, cert: CERT }, app);
new WebSocketServer({ server }).on('connection', (socket) => socket.on('message', (text) => socket.send(text)));
server.listen(3000);
