const Koa = require('koa');
const Router = require('@koa/router');
const body = require('koa-bodyparser');

const router = new Router();
router.get('/', (ctx) => { ctx.body = 'hello'; });
router.post('/echo', (ctx) => { ctx.body = ctx.request.body; });
new Koa().use(body()).use(router.routes()).listen(3000);
