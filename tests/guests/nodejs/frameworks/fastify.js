const fastify = require('fastify')();

const body = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', minLength: 2 }, age: { type: 'integer', default: 1 } },
};
const params = { type: 'object', properties: { id: { type: 'integer' } } };
const response = { 200: { type: 'object', properties: { hello: { type: 'string' } } } };
fastify.decorate('greet', (name) => `dear ${name}`);
fastify.addHook('onRequest', async (request, reply) => { reply.header('x-hooked', request.method); });
fastify.get('/', async () => 'hello');
fastify.post('/echo', async (request) => request.body);
fastify.get('/schema', { schema: { response } }, async () => ({ hello: 'world', dropped: 1 }));
fastify.post('/checked', { schema: { body } }, async (request) => request.body);
fastify.get('/user/:id', { schema: { params } }, async ({ params, query }) => ({ ...params, query }));
fastify.get('/error', async () => { throw Object.assign(new Error('thrown'), { statusCode: 503 }); });
fastify.register(async (scope) => {
  scope.get('/', async (request) => scope.greet(request.query.name));
  scope.setErrorHandler((error, request, reply) => reply.code(418).send({ own: error.message }));
  scope.get('/error', async () => { throw new Error('inside'); });
}, { prefix: '/scoped' });
fastify.listen({ port: Number(process.env.PORT ?? 3000), host: '0.0.0.0' });
