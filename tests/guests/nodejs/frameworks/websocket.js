// An echo server, its client, or both: websocket.js [server | client PORT].
const { WebSocket, WebSocketServer } = require('ws');

function serve(port) {
  const server = new WebSocketServer({ port, perMessageDeflate: { threshold: 0 } });
  server.on('connection', (socket, request) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('close', (code, reason) => console.log(`server: closed ${code} ${reason}`));
    socket.ping('from the server');
    if (request.url === '/refused') socket.close(1008, 'not you');
  });
  return server;
}

function talk(port, ended) {
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const large = Buffer.alloc(1 << 20, 'large ');
  let left = 5;
  const done = (what) => {
    console.log(what);
    if (--left === 0) client.close(1000, 'bye');
  };
  client.on('open', () => {
    client.send('text é');
    client.send(large);
    client.ping('from the client');
    client.send(large.toString(), { compress: true });
  });
  client.on('message', (data, isBinary) =>
    done(isBinary || data.length > 100 ? `${isBinary ? 'binary' : 'text'} ${data.length} ${data.equals(large)}` : `text ${data}`));
  client.on('ping', (data) => done(`ping ${data}`));
  client.on('pong', (data) => done(`pong ${data}`));
  client.on('close', (code, reason) => {
    console.log(`closed ${code} ${reason}`);
    ended?.();
  });
}

const [role, port] = process.argv.slice(2);
if (role === 'client') talk(port);
else if (role === 'server') serve(process.env.PORT ?? 3000);
else {
  const server = serve(3000);
  server.on('listening', () => talk(3000, () => server.close()));
}
