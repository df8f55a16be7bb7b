// A real Redis: redis.js PORT.
const { createClient } = require('redis');

async function main() {
  const redis = createClient({ socket: { host: '127.0.0.1', port: Number(process.argv[2]), reconnectStrategy: false }, password: 'secret' });
  redis.on('error', (error) => console.log(error.code));
  await redis.connect();
  await redis.set('redis:text', 'é', { EX: 60 });
  console.log(await redis.get('redis:text'), await redis.ttl('redis:text') > 50, await redis.get('redis:none'));
  await redis.del('redis:n');
  // Commands of one turn go out together.
  console.log(await Promise.all([redis.incr('redis:n'), redis.incrBy('redis:n', 5)]));
  console.log(await redis.multi().set('redis:m', '1').get('redis:m').exec());
  await redis.lPush('redis:list', 'x');
  await redis.incr('redis:list').catch((error) => console.log(error.message.split(' ')[0]));

  const subscriber = redis.duplicate();
  await subscriber.connect();
  const heard = new Promise((resolve) => subscriber.subscribe('redis:news', resolve));
  while (await redis.publish('redis:news', 'it works') === 0);
  console.log(await heard);
  await redis.del('redis:list');
  await Promise.all([redis.close(), subscriber.close()]);
}

main().catch(() => { process.exitCode = 1; });
