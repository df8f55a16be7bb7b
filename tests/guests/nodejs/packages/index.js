// Asks popular packages one small question each: index.js [NAME...]. One line an answer, which Node gives, too.
const crypto = require('crypto');
const { once } = require('events');
const { Writable } = require('stream');

const text = async (stream) => {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};
const load = async (name) => {
  const loaded = await import(name);
  return loaded.default ?? loaded;
};

const questions = {
  lodash: (_) => _.groupBy([1, 2, 3], (n) => (n % 2 ? 'odd' : 'even')),
  underscore: (_) => _.template('hi <%= name %>')({ name: 'you' }),
  ramda: (R) => R.pipe(R.map(R.add(1)), R.sum)([1, 2]),
  moment: (moment) => [moment.utc(0).format('YYYY-MM-DD HH:mm'), moment.duration(90, 'minutes').humanize()],
  dayjs: (dayjs) => dayjs('2026-01-31').add(1, 'month').format('D MMM YYYY'),
  'date-fns': (f) => f.format(f.addDays(new Date(2026, 0, 30), 3), 'PPP'),
  luxon: ({ DateTime }) => DateTime.fromISO('2026-01-31T10:00Z', { zone: 'utc' }).plus({ hours: 20 }).toISO(),
  uuid: (uuid) => [uuid.v5('x', uuid.v5.URL), uuid.v4().length],
  nanoid: ({ nanoid }) => nanoid().length,
  chalk: (chalk) => { chalk.level = 1; return chalk.red('x'); },
  commander: ({ Command }) => new Command().option('-p, --port <n>').parse(['node', 'x', '-p', '80']).opts(),
  yargs: (yargs) => yargs(['--n', '5', 'word']).parse(),
  minimist: (minimist) => minimist(['--a=1', '-b', 'c']),
  debug: (debug) => { debug.enable('on:*'); return [debug('on:x').enabled, debug('off').enabled]; },
  dotenv: (dotenv) => dotenv.parse('A=1\nB="two words" # no\nexport C=\'3\''),
  winston: async (winston) => {
    const lines = [];
    const stream = new Writable({ write(chunk, _, done) { lines.push(String(chunk)); done(); } });
    const { json } = winston.format;
    winston.createLogger({ format: json(), transports: [new winston.transports.Stream({ stream })] }).info('said', { n: 1 });
    return lines;
  },
  pino: (pino) => {
    const lines = [];
    pino({ timestamp: false, base: null }, { write: (line) => lines.push(line) }).warn({ n: 1 }, 'said %s', 'x');
    return lines;
  },
  bluebird: (Bluebird) => Bluebird.map([1, 2, 3], (n) => Bluebird.delay(1).return(n * 2)),
  async: (async) => async.mapLimit([1, 2, 3], 2, async (n) => n + 1),
  immutable: ({ Map }) => Map({ a: 1 }).set('b', 2).toJS(),
  immer: ({ produce }) => { const a = { x: [1] }; return [produce(a, (d) => { d.x.push(2); }), a]; },
  zod: (z) => z.object({ n: z.coerce.number().min(3), mail: z.email() }).safeParse({ n: '2', mail: 'x' }).error.issues,
  joi: (joi) => joi.object({ n: joi.number().max(1) }).validate({ n: 2 }).error.message,
  ajv: (Ajv) => { const check = new Ajv().compile({ type: 'object', required: ['a'] }); return [check({}), check.errors[0].message]; },
  yup: (yup) => yup.object({ n: yup.number().required() }).validate({}).catch((e) => e.errors),
  validator: (validator) => [validator.isEmail('a@b.co'), validator.isURL('x'), validator.escape('<')],
  qs: (qs) => qs.parse('a[b][c]=1&d[]=2&d[]=3'),
  axios: async (axios) => [(await axios.post(`${base}/echo`, { a: 1 })).data, await axios.get(`${base}/none`).catch((e) => e.response.status)],
  superagent: async (agent) => (await agent.post(`${base}/echo`).send({ b: 2 })).body,
  'node-fetch': async (fetch) => (await fetch(`${base}/echo`, { method: 'POST', body: '{"c":3}' })).json(),
  undici: (undici) => new undici.Headers({ A: 'b' }).get('a'),
  cheerio: (cheerio) => cheerio.load('<ul><li class="a">1<li>2</ul>')('li.a').text(),
  jsdom: ({ JSDOM }) => {
    const { document } = new JSDOM('<p id="a">x</p>', { runScripts: 'outside-only' }).window;
    document.querySelector('#a').innerHTML += '<b>y</b>';
    return document.body.innerHTML;
  },
  handlebars: (handlebars) => handlebars.compile('{{#each a}}<{{this}}>{{/each}}')({ a: [1, '&'] }),
  ejs: (ejs) => ejs.render('<% for (const n of a) { %><%= n %>;<% } %>', { a: [1, '<'] }),
  pug: (pug) => pug.render('ul\n  each n in a\n    li(class=n)= n', { a: ['x'] }),
  mustache: (mustache) => mustache.render('{{#a}}{{.}},{{/a}}', { a: [1, 2] }),
  nunjucks: (nunjucks) => nunjucks.renderString('{% for n in a %}{{ n | upper }}{% endfor %}', { a: ['x'] }),
  marked: ({ marked }) => marked('# a\n*b*'),
  'markdown-it': (md) => md().render('1. [a](b)\n'),
  'highlight.js': (hljs) => hljs.highlight('const a = 1;', { language: 'javascript' }).value,
  'sanitize-html': (sanitize) => sanitize('<b onclick="x">a</b><script>b</script>'),
  'js-yaml': (yaml) => yaml.dump(yaml.load('a: [1, {b: null}]\nc: |\n  text\n')),
  yaml: (yaml) => yaml.stringify(yaml.parse('a: &x [1]\nb: *x\n')),
  toml: (toml) => toml.parse('[a]\nb = [1, 2]\nc = "x"'),
  xml2js: (xml) => xml.parseStringPromise('<a b="1"><c>x</c><c/></a>'),
  'fast-xml-parser': ({ XMLParser }) => new XMLParser({ ignoreAttributes: false }).parse('<a b="1"><c>2</c></a>'),
  'csv-parse/sync': ({ parse }) => parse('a,b\n1,"x ""y"""\n', { columns: true }),
  papaparse: (papa) => papa.parse('a,b\n1,2', { header: true, dynamicTyping: true }).data,
  semver: (semver) => [semver.satisfies('1.2.3', '^1.1'), semver.inc('1.2.3', 'minor')],
  glob: async ({ glob }) => (await glob('*.json', { cwd: __dirname })).sort(),
  minimatch: ({ minimatch }) => minimatch('a/b/c.js', 'a/**/*.{js,ts}'),
  'fs-extra': async (fs) => {
    await fs.outputJson('/tmp/extra/deep/a.json', { a: 1 });
    await fs.copy('/tmp/extra', '/tmp/extra-copy');
    const copied = await fs.readJson('/tmp/extra-copy/deep/a.json');
    await Promise.all([fs.remove('/tmp/extra'), fs.remove('/tmp/extra-copy')]);
    return [copied, await fs.pathExists('/tmp/extra')];
  },
  jsonwebtoken: (jwt) => {
    const token = jwt.sign({ a: 1, iat: 1 }, 'secret');
    const pairs = [['RS256', crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })], ['PS256', crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })],
                   ['ES256', crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })]];
    const signed = pairs.map(([algorithm, { publicKey, privateKey }]) => jwt.verify(jwt.sign({ a: 2, iat: 1 }, privateKey, { algorithm }), publicKey));
    try { jwt.verify(token, 'other'); } catch (e) { return [token, jwt.verify(token, 'secret'), e.message, signed]; }
  },
  got: async (got) => (await got.post(`${base}/echo`, { json: { d: 4 } })).body,
  jose: async (jose) => {
    const key = new TextEncoder().encode('a secret of thirty-two bytes ...');
    const token = await new jose.SignJWT({ a: 1 }).setProtectedHeader({ alg: 'HS256' }).sign(key);
    return [token, (await jose.jwtVerify(token, key)).payload];
  },
  bcryptjs: (bcrypt) => [bcrypt.hashSync('x', '$2b$04$abcdefghijklmnopqrstuu'), bcrypt.compareSync('x', bcrypt.hashSync('x', 4))],
  'crypto-js': (c) => c.AES.decrypt(c.AES.encrypt('text', 'key').toString(), 'key').toString(c.enc.Utf8),
  tweetnacl: (nacl) => Buffer.from(nacl.sign.keyPair.fromSeed(new Uint8Array(32)).publicKey).toString('hex'),
  passport: async (passport) => {
    class Query extends passport.Strategy {
      name = 'query';
      authenticate(req) { return req.query.key === '1' ? this.success({ id: 1 }) : this.fail('none', 401); }
    }
    passport.use(new Query());
    const app = require('express')().get('/', passport.authenticate('query', { session: false }), (req, res) => res.json(req.user));
    const port = await serve(app);
    return [await get(port, '/?key=1'), (await get(port, '/')).status];
  },
  'express-rate-limit': async (rateLimit) => {
    const port = await serve(require('express')().use(rateLimit({ limit: 1 })).use((req, res) => res.send('ok')));
    return [(await get(port, '/')).status, (await get(port, '/')).status];
  },
  'express-validator': async ({ query, validationResult }) => {
    const app = require('express')().get('/', query('n').isInt(), (req, res) => res.json(validationResult(req).array()));
    return JSON.parse((await get(await serve(app), '/?n=x')).body);
  },
  nodemailer: async (mailer) => {
    const sent = await mailer.createTransport({ jsonTransport: true }).sendMail({ from: 'a@b.c', to: 'd@e.f', text: 'é' });
    return JSON.parse(sent.message).to;
  },
  mongodb: ({ BSON, ObjectId }) => [BSON.deserialize(BSON.serialize({ a: [1, 'é'] })), new ObjectId('0'.repeat(24))],
  mongoose: (mongoose) => {
    const Thing = mongoose.model('Thing', new mongoose.Schema({ n: { type: Number, min: 3 } }));
    return new Thing({ n: 2 }).validate().catch((e) => e.errors.n.message);
  },
  sequelize: ({ Sequelize, DataTypes }) => {
    const db = new Sequelize('x', 'x', 'x', { dialect: 'mysql', logging: false });
    db.define('Thing', { name: DataTypes.STRING });
    return db.getQueryInterface().queryGenerator.selectQuery('Things', { where: { name: "it's" } });
  },
  mysql2: (mysql) => mysql.format('SELECT ? FROM ??', ["it's", 'a.b']),
  knex: (knex) => knex({ client: 'pg' })('a').where('n', '>', 1).orderBy('m').toString(),
  graphql: async ({ graphql, buildSchema }) =>
    graphql({ schema: buildSchema('type Query { a(n: Int!): Int }'), source: '{ a(n: 2) }', rootValue: { a: ({ n }) => n * 2 } }),
  '@apollo/server': async ({ ApolloServer }) => {
    const server = new ApolloServer({ typeDefs: 'type Query { a: String }', resolvers: { Query: { a: () => 'x' } } });
    return (await server.executeOperation({ query: '{ a }' })).body;
  },
  '@hapi/hapi': async (hapi) => {
    const server = hapi.server();
    server.route({ method: 'GET', path: '/{n}', handler: (request) => ({ n: request.params.n }) });
    return (await server.inject('/5')).payload;
  },
  'lru-cache': ({ LRUCache }) => { const c = new LRUCache({ max: 2 }); [1, 2, 3].forEach((n) => c.set(n, n)); return [...c.keys()]; },
  'node-cron': (cron) => [cron.validate('*/5 * * * *'), cron.validate('61 * * * *')],
  'mime-types': (mime) => [mime.lookup('a.html'), mime.contentType('text/plain')],
  'iconv-lite': (iconv) => iconv.encode('é€', 'win1252').toString('hex'),
  'decimal.js': (Decimal) => new Decimal('0.1').plus('0.2').toString(),
  react: (React) => require('react-dom/server').renderToString(React.createElement('p', { className: 'a' }, 'x', 1)),
  preact: ({ h }) => require('preact-render-to-string').render(h('p', { class: 'a' }, 'x')),
  vue: async ({ createSSRApp, h }) =>
    require('vue/server-renderer').renderToString(createSSRApp({ data: () => ({ n: 1 }), template: '<p :id="n">{{ n + 1 }}</p>' })),
  '@babel/core': (babel) => babel.transformSync('const a = (b) => b ?? 1', { configFile: false }).code,
  acorn: (acorn) => acorn.parse('a?.b', { ecmaVersion: 2022 }).body[0].expression.type,
  terser: async ({ minify }) => (await minify('function add(first, second) { return first + second; } console.log(add(1, 2))')).code,
  postcss: (postcss) => postcss([{ postcssPlugin: 'x', Declaration: (d) => { d.value = d.value.replace('red', 'blue'); } }])
    .process('a { color: red }', { from: undefined }).css,
  prettier: (prettier) => prettier.format('a  =  {b:1}', { parser: 'babel' }),
  jszip: async (Zip) => {
    const bytes = await new Zip().file('a.txt', 'content').generateAsync({ type: 'nodebuffer', compression: 'DEFLATE' });
    return (await Zip.loadAsync(bytes)).file('a.txt').async('string');
  },
  archiver: async (archiver) => {
    const archive = new archiver.ZipArchive();
    archive.append('content', { name: 'a.txt', date: new Date(0) }).finalize();
    return (await text(archive)).subarray(0, 2).toString();
  },
  pdfkit: async (Pdf) => {
    const pdf = new Pdf({ info: { CreationDate: new Date(0) } });
    pdf.text('hello').end();
    return (await text(pdf)).subarray(0, 8).toString();
  },
  i18next: async (i18next) => {
    await i18next.init({ lng: 'en', resources: { en: { translation: { a_one: '{{count}} day', a_other: '{{count}} days' } } } });
    return [i18next.t('a', { count: 1 }), i18next.t('a', { count: 2 })];
  },
  eventemitter3: (Emitter) => { const e = new Emitter(); let n = 0; e.once('a', () => n++); e.emit('a'); e.emit('a'); return n; },
  'p-limit': async (limit) => { const one = limit(1); return Promise.all([1, 2].map((n) => one(async () => n))); },
  // These cannot: docs/nodejs.md says why.
  bcrypt: (bcrypt) => bcrypt.hashSync('x', 4).length,
};

const servers = [];
let base;

async function serve(handler) {
  const server = require('http').createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return server.address().port;
}

async function get(port, path) {
  const [response] = await once(require('http').get({ port, path, host: '127.0.0.1' }), 'response');
  return { status: response.statusCode, body: String(await text(response)) };
}

async function main(names) {
  const port = await serve((request, response) => {
    if (request.url === '/echo') request.pipe(response.setHeader('Content-Type', 'application/json'));
    else response.writeHead(404).end();
  });
  base = `http://127.0.0.1:${port}`;
  for (const name of names.length ? names : Object.keys(questions)) {
    let answer;
    try {
      answer = await questions[name](await load(name));
    } catch (error) {
      answer = `${error}`.split('\n')[0];
    }
    console.log(`${name}: ${JSON.stringify(answer)}`);
  }
  for (const server of servers) server.close().closeAllConnections();
}

main(process.argv.slice(2));
