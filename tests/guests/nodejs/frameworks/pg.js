// A real PostgreSQL: pg.js PORT.
const pg = require('pg');

const settings = { host: '127.0.0.1', port: Number(process.argv[2]), user: 'app', password: 'secret', database: 'postgres' };

async function query() {
  const client = new pg.Client(settings);
  await client.connect();
  await client.query('CREATE TEMP TABLE things (id serial PRIMARY KEY, name text, at timestamptz, doc jsonb, raw bytea)');
  const insert = 'INSERT INTO things (name, at, doc, raw) VALUES ($1, $2, $3, $4) RETURNING id';
  const values = ["it's é", new Date(0), { a: [1, null] }, Buffer.from([0, 255])];
  console.log('inserted', (await client.query(insert, values)).rows);
  const { rows: [row] } = await client.query('SELECT *, $1::int + 1 AS next, $2::int[] AS list FROM things', [1, [1, 2]]);
  console.log(row.name, row.at.toISOString(), JSON.stringify(row.doc), row.raw, row.next, row.list);
  const prepared = { name: 'twice', text: 'SELECT $1::int * 2 AS n' };
  for (const n of [4, 5]) console.log('prepared', (await client.query({ ...prepared, values: [n] })).rows[0].n);
  await client.query('SELECT no_such_column').catch((error) => console.log(error.code, error.message));
  const { rows } = await client.query("SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n");
  console.log('rows', rows.length, rows.at(-1).n);
  await client.end();
}

async function transact() {
  const client = new pg.Client(settings);
  await client.connect();
  await client.query('CREATE TEMP TABLE kept (n int UNIQUE)');
  for (const end of ['COMMIT', 'ROLLBACK']) {
    await client.query('BEGIN');
    await client.query('INSERT INTO kept SELECT count(*) FROM kept');
    await client.query(end);
  }
  await client.query('BEGIN');
  await client.query('INSERT INTO kept VALUES (0)').catch((error) => console.log(error.constraint));
  await client.query('SELECT 1').catch((error) => console.log(error.code));
  await client.query('ROLLBACK');
  console.log('kept', (await client.query('SELECT n FROM kept')).rows);
  await client.end();
}

async function notify() {
  const [listener, speaker] = [new pg.Client(settings), new pg.Client(settings)];
  await Promise.all([listener.connect(), speaker.connect()]);
  await listener.query('LISTEN news');
  const heard = new Promise((resolve) => listener.once('notification', resolve));
  await speaker.query("SELECT pg_notify('news', $1)", ['it works']);
  const { channel, payload } = await heard;
  console.log('notified', channel, payload);
  await Promise.all([listener.end(), speaker.end()]);
}

async function pool() {
  const connections = new pg.Pool({ ...settings, max: 4 });
  const sleepers = Array.from({ length: 8 }, () => connections.query('SELECT pg_backend_pid() AS pid, pg_sleep(0.05)'));
  const pids = (await Promise.all(sleepers)).map(({ rows }) => rows[0].pid);
  console.log('pool', pids.length, new Set(pids).size, connections.totalCount, connections.idleCount);
  await connections.end();
}

async function main() {
  for (const part of [query, transact, notify, pool]) await part();
}

main().catch((error) => {
  console.log(error.code);
  process.exitCode = 1;
});
