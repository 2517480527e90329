import { readFileSync } from 'node:fs';
import { only, type Plane, requestIdOf } from '../../http/plane.ts';
import { pageOf } from './page.ts';

const source = new URL('../../../docs/failure-modes.md', import.meta.url);
const style = new URL('./page.css', import.meta.url);

/** Only its own sheet; no script, no frame, nothing of elsewhere. */
const security = {
  'content-security-policy': "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * `GET /runbook`: what goes wrong, how it is seen and what to do first, where alerts and dashboards link to. Open to anybody who reaches the port, as
 * metrics are: it is the documentation of this version, and holds nothing of this gateway.
 */
export function routeRunbook(app: Plane): void {
  // Read at the first request: few gateways are ever asked.
  let page: string | undefined;
  app.get('/runbook', async (c) => {
    page ??= String(await pageOf(readFileSync(source, 'utf8')));
    return c.html(page, 200, { ...security, 'cache-control': 'no-cache', 'x-request-id': requestIdOf(c) });
  });
  app.get('/runbook/page.css', (c) =>
    c.body(readFileSync(style, 'utf8'), 200, {
      ...security,
      'cache-control': 'no-cache',
      'content-type': 'text/css; charset=utf-8',
      'x-request-id': requestIdOf(c),
    }),
  );
  for (const path of ['/runbook', '/runbook/page.css']) app.all(path, only('GET, HEAD'));
}
