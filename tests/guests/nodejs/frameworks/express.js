// Express 4 or 5, as the argument says, with what most applications add to it.
const express = require(`express${process.argv[2]}`);
const compression = require('compression');
const cookieParser = require('cookie-parser');
const cookieSession = require('cookie-session');
const cors = require('cors');
const fs = require('fs');
const helmet = require('helmet');
const morgan = require('morgan');
const multer = require('multer');
const session = require('express-session');

const app = express();
app.use(morgan(':method :url :status'));
app.use(compression({ threshold: 0 }));
app.use(express.json({ limit: '10kb' }));
app.use(express.urlencoded({ extended: true }));
app.use(express.text());
app.use('/static', express.static(`${__dirname}/static`, { maxAge: '1h' }));

app.get('/', (req, res) => res.send('hello'));
app.get('/user/:id', (req, res) => res.json({ id: req.params.id, query: req.query }));
app.post('/echo', (req, res) => res.json(req.body));
app.get('/file', (req, res) => res.download(`${__dirname}/static/file.txt`, 'named.txt'));
app.get('/moved', (req, res) => res.redirect(301, '/user/1'));
app.get('/stream', async (req, res) => {
  for (const part of ['one ', 'two ', 'three']) {
    res.write(part);
    await new Promise((done) => setTimeout(done, 10));
  }
  res.end();
});
app.get('/format', (req, res) => res.format({ html: () => res.send('<b>x</b>'), json: () => res.json('x') }));

const things = express.Router({ mergeParams: true });
things.param('thing', (req, res, next, thing) => {
  req.thing = thing.toUpperCase();
  next(thing === 'bad' ? Object.assign(new Error('a bad thing'), { status: 422 }) : undefined);
});
things.route('/:thing')
  .all((req, res, next) => { res.set('X-All', 'yes'); next(); })
  .get((req, res) => res.json([req.params.owner, req.thing]))
  .delete((req, res) => res.sendStatus(204));
app.use('/of/:owner', things);

const secured = express.Router();
secured.use(helmet(), cors({ origin: 'http://a.example' }));
secured.get('/', (req, res) => res.send('secured'));
app.use('/secured', secured);

const cookies = express.Router();
cookies.use(cookieParser('secret'));
cookies.get('/set', (req, res) => res.cookie('plain', 'a b').cookie('signed', { n: 1 }, { signed: true, httpOnly: true }).end());
cookies.get('/get', (req, res) => res.json([req.cookies, req.signedCookies]));
app.use('/cookies', cookies);

const count = (req, res) => {
  req.session.n = (req.session.n ?? 0) + 1;
  res.json(req.session.n);
};
app.get('/cookie-session', cookieSession({ name: 's', keys: ['key'] }), count);
app.get('/session', session({ secret: 'secret', resave: false, saveUninitialized: false }), count);

const described = (f) => ({ field: f.fieldname, name: f.originalname, type: f.mimetype, size: f.size });
app.post('/upload', multer({ limits: { fileSize: 2 << 20 } }).array('files'), (req, res) =>
  res.json({ fields: req.body, files: req.files.map(described), first: req.files[0].buffer.toString('base64') }));
app.post('/upload/disk', multer({ dest: '/tmp/uploads' }).single('file'), (req, res) =>
  res.json({ ...described(req.file), stored: fs.readFileSync(req.file.path).equals(Buffer.alloc(req.file.size, 'x')) }));

app.get('/error', () => { throw new Error('thrown'); });
app.get('/error/next', (req, res, next) => next(Object.assign(new Error('passed on'), { status: 418 })));
app.get('/error/late', (req, res, next) => setTimeout(() => next(new Error('late')), 5));
// Express 5 takes the rejection, Express 4 has to be told.
app.get('/error/async', (req, res, next) => {
  const rejected = Promise.reject(new Error('rejected'));
  return process.argv[2] === '5' ? rejected : rejected.catch(next);
});
app.use((error, req, res, next) => res.status(error.status ?? 500).json({ error: error.message }));
app.listen(process.env.PORT ?? 3000);
