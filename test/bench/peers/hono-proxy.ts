import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { proxy } from 'hono/proxy';

// hono-proxy.ts PORT ORIGIN PATH. It calls by fetch, whose connections are kept alive and not bounded.
const [port, origin, path] = process.argv.slice(2) as [string, string, string];

const app = new Hono();
app.post('/run/hello', (context) => proxy(`${origin}${path}`, { ...context.req, headers: context.req.header() }));
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' });
