const Koa = require('koa');
const Router = require('@koa/router');
const body = require('koa-bodyparser');
const { Readable } = require('stream');

const app = new Koa();
app.keys = ['key'];
app.use(async (ctx, next) => {
  try {
    await next();
    ctx.set('X-Handled', ctx.method);
  } catch (error) {
    ctx.status = error.status ?? 500;
    ctx.body = { error: error.message };
  }
});
const router = new Router();
router.get('/', (ctx) => { ctx.body = 'hello'; });
router.post('/echo', (ctx) => { ctx.body = ctx.request.body; });
router.get('/user/:id', (ctx) => { ctx.body = { id: ctx.params.id, query: ctx.query }; });
router.get('/stream', (ctx) => { ctx.body = Readable.from(['one ', 'two']); });
router.get('/count', (ctx) => {
  const n = Number(ctx.cookies.get('n', { signed: true }) ?? 0) + 1;
  ctx.cookies.set('n', String(n), { signed: true });
  ctx.body = n;
});
router.get('/error', async () => { throw new Error('thrown'); });
router.get('/refused', (ctx) => ctx.throw(403, 'not you'));
app.use(body()).use(router.routes()).use(router.allowedMethods());
app.listen(process.env.PORT ?? 3000);
