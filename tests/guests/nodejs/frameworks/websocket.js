// A server and its client in one guest: an echo, a frame of 1 MiB, a ping, a close.
const { WebSocket, WebSocketServer } = require('ws');

const server = new WebSocketServer({ port: 3000 }, () => {
  const client = new WebSocket('ws://127.0.0.1:3000');
  let left = 3;
  const done = (what) => {
    console.log(what);
    if (--left === 0) client.close(1000, 'bye');
  };
  client.on('open', () => {
    client.send('text');
    client.send(Buffer.alloc(1 << 20, 7));
    client.ping();
  });
  client.on('message', (data, isBinary) => done(`${isBinary ? 'binary' : 'text'} ${data.length}`));
  client.on('pong', () => done('pong'));
  client.on('close', (code, reason) => {
    console.log(`closed ${code} ${reason}`);
    server.close();
  });
});
server.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
