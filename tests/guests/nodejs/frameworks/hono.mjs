import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { HTTPException } from 'hono/http-exception';
import { stream } from 'hono/streaming';
import { validator } from 'hono/validator';

const app = new Hono();
app.use('*', async (c, next) => {
  await next();
  c.header('X-Handled', c.req.method);
});
app.use('/static/*', serveStatic({ root: './' }));
app.get('/', (c) => c.text('hello'));
app.post('/echo', async (c) => c.json(await c.req.json()));
app.get('/user/:id', (c) => c.json({ id: c.req.param('id'), query: c.req.query() }));
app.get('/stream', (c) => stream(c, async (out) => {
  await out.write('one ');
  await out.sleep(10);
  await out.write('two');
}));
app.post('/form', validator('form', (value, c) => (value.name ? value : c.text('no name', 400))), (c) => c.json(c.req.valid('form')));
app.get('/count', (c) => {
  const n = Number(getCookie(c, 'n') ?? 0) + 1;
  setCookie(c, 'n', String(n));
  return c.json(n);
});
app.get('/refused', () => { throw new HTTPException(403, { message: 'not you' }); });
app.get('/error', () => { throw new Error('thrown'); });
app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.json({ error: error.message }, 500)));
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });
