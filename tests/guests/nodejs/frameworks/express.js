// Express 4 or 5, as the argument says, with what most applications add to it.
const express = require(`express${process.argv[2]}`);
const compression = require('compression');

const app = express();
app.use(compression({ threshold: 0 }));
app.use(express.json());
app.use(express.urlencoded({ extended: true }));
app.use('/static', express.static(`${__dirname}/static`));
app.get('/', (req, res) => res.send('hello'));
app.get('/user/:id', (req, res) => res.json({ id: req.params.id, query: req.query }));
app.post('/echo', (req, res) => res.json(req.body));
app.get('/error', () => { throw new Error('thrown'); });
app.use((error, req, res, next) => res.status(error.status ?? 500).json({ error: error.message }));
app.listen(3000);
