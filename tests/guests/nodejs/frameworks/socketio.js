// A server, or its client: socketio.js [server | client PORT TRANSPORT].
const { createServer } = require('http');

function serve() {
  const server = createServer((request, response) => response.end('beside it'));
  const io = new (require('socket.io').Server)(server);
  io.use((socket, next) => next(socket.handshake.auth.name ? undefined : new Error('no name')));
  io.on('connection', (socket) => {
    socket.join('room');
    socket.on('echo', (...args) => socket.emit('echoed', ...args));
    socket.on('ask', (n, answer) => answer(n + 1));
    socket.on('say', (text) => io.to('room').emit('said', socket.handshake.auth.name, text));
    socket.on('disconnect', (reason) => console.log(`${socket.handshake.auth.name} left: ${reason}`));
  });
  io.of('/other').on('connection', (socket) => socket.emit('welcome', 'other'));
  server.listen(process.env.PORT ?? 3000);
}

const next = (socket, name) => new Promise((resolve) => socket.once(name, (...args) => resolve(args)));

async function talk(port, transport) {
  const { io } = require('socket.io-client');
  const open = (path, auth) => io(`http://127.0.0.1:${port}${path}`, { transports: [transport], auth, forceNew: true });
  const [ann, ben] = [open('', { name: 'ann' }), open('', { name: 'ben' })];
  await Promise.all([next(ann, 'connect'), next(ben, 'connect')]);
  console.log(ann.io.engine.transport.name);

  const echoed = next(ann, 'echoed');
  const large = Buffer.alloc(300_000, 'x');
  ann.emit('echo', 'é', { a: [1, null] }, large);
  const [text, value, bytes] = await echoed;
  console.log(text, JSON.stringify(value), large.equals(bytes));
  console.log(await ann.emitWithAck('ask', 1));

  const said = Promise.all([next(ann, 'said'), next(ben, 'said')]);
  ben.emit('say', 'to all');
  console.log(JSON.stringify(await said));

  const nameless = open('', {});
  console.log((await next(nameless, 'connect_error'))[0].message);
  nameless.close();
  const other = open('/other');
  console.log(await next(other, 'welcome'));
  for (const socket of [ann, ben, other]) socket.close();
}

const [role, port, transport] = process.argv.slice(2);
if (role === 'client') talk(port, transport);
else serve();
