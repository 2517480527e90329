import proxy from '@fastify/http-proxy';
import fastify from 'fastify';

// fastify-http-proxy.ts PORT ORIGIN PATH
const [port, origin, path] = process.argv.slice(2) as [string, string, string];

const app = fastify({ logger: false });
await app.register(proxy, {
  upstream: origin,
  prefix: '/run/hello',
  rewritePrefix: path,
  undici: { connections: 256, pipelining: 1 },
});
await app.listen({ port: Number(port), host: '127.0.0.1' });
