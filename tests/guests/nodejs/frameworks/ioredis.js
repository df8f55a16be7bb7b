// A real Redis: ioredis.js PORT.
const Redis = require('ioredis').default;

const settings = { host: '127.0.0.1', port: Number(process.argv[2]), password: 'secret', retryStrategy: null };

async function main() {
  const redis = new Redis(settings);
  redis.on('error', (error) => console.log(error.code));
  await redis.set('ioredis:text', 'é');
  const bytes = Buffer.from([0, 13, 10, 255]);
  await redis.set('ioredis:bytes', bytes);
  console.log(await redis.get('ioredis:text'), (await redis.getBuffer('ioredis:bytes')).equals(bytes));
  await redis.hset('ioredis:hash', { a: 1, b: 'two' });
  console.log(JSON.stringify(await redis.hgetall('ioredis:hash')), await redis.get('ioredis:none'));

  const pipeline = redis.pipeline().del('ioredis:n');
  for (let i = 0; i < 1000; i++) pipeline.incr('ioredis:n');
  const results = await pipeline.get('ioredis:n').exec();
  console.log('pipeline', results.length, results.at(-1));
  const [[, n], [error]] = await redis.multi().incr('ioredis:n').lpush('ioredis:n', 'x').exec();
  console.log('multi', n, error.message.split(' ')[0]);
  console.log('script', await redis.eval('return redis.call("get", KEYS[1]) + ARGV[1]', 1, 'ioredis:n', 5));

  const subscriber = redis.duplicate();
  await subscriber.subscribe('ioredis:news');
  const heard = new Promise((resolve) => subscriber.once('message', (...message) => resolve(message)));
  console.log('receivers', await redis.publish('ioredis:news', 'it works'));
  console.log(...await heard);

  const waiting = redis.duplicate();
  const popped = waiting.blpop('ioredis:queue', 5);
  await redis.rpush('ioredis:queue', 'job');
  console.log('popped', ...await popped);
  const large = Buffer.alloc(1 << 20, 'large ');
  await redis.set('ioredis:large', large);
  console.log('large', (await redis.getBuffer('ioredis:large')).equals(large));
  for (const client of [redis, subscriber, waiting]) await client.quit();
}

main().catch((error) => { process.exitCode = 1; });
