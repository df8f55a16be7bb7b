const fastify = require('fastify')();

const schema = { response: { 200: { type: 'object', properties: { hello: { type: 'string' } } } } };
fastify.get('/schema', { schema }, async () => ({ hello: 'world', dropped: 1 }));
fastify.get('/', async () => 'hello');
fastify.post('/echo', async (request) => request.body);
fastify.listen({ port: 3000, host: '0.0.0.0' });
