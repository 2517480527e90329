import { Agent, createServer } from 'node:http';
import { createProxyMiddleware } from 'http-proxy-middleware';

// http-proxy-middleware.ts PORT ORIGIN PATH, in a node:http server: express would only cost more.
const [port, origin, path] = process.argv.slice(2) as [string, string, string];

const proxy = createProxyMiddleware({
  target: origin,
  pathRewrite: () => path,
  agent: new Agent({ keepAlive: true, maxSockets: 256 }),
});
createServer((request, response) => {
  void proxy(request, response, () => response.writeHead(404).end());
}).listen(Number(port), '127.0.0.1');
