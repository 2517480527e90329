import { only, type Plane, requestIdOf } from '../../http/plane.ts';
import { problemResponse } from '../../http/problem-json.ts';
import { routeActions } from './actions.ts';
import { readAssets } from './assets.ts';
import type { ConsoleParts, ShowPage } from './control.ts';
import { guardConsole } from './entry.ts';
import { routeEvents } from './events.ts';
import { shell } from './layout.ts';
import { routePages } from './pages.ts';
import { Sessions } from './sessions.ts';
import { routeSignIn } from './sign-in.ts';

/** Everything under `/console`: pages, what keeps them up to date, what can be done from them, and who may. */
export function routeConsole(app: Plane, parts: ConsoleParts): void {
  const { functions, token, clock, configuration, onEntry } = parts;
  const assets = readAssets();
  const sessions = new Sessions(clock);
  const show: ShowPage = (c, around, content, status = 200) => {
    const signedIn = token !== undefined && around.page !== undefined;
    const { generation } = configuration();
    return c.html(shell(assets, { ...around, signedIn, generation, atMs: functions.history.atMs }, content), status);
  };

  guardConsole(app, token, sessions);
  app.get('/console/assets/:hash/:file', (c) => {
    const asset = assets.find(c.req.param('hash'), c.req.param('file'));
    if (asset === undefined) return problemResponse({ code: 'not_found', detail: 'there is no such file' }, requestIdOf(c));
    const etag = `"${c.req.param('hash')}"`;
    const headers = { etag, 'cache-control': 'public, max-age=31536000, immutable', 'content-type': asset.type };
    if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
    return c.body(asset.body as Uint8Array<ArrayBuffer>, 200, headers);
  });
  app.all('/console/assets/:hash/:file', only('GET, HEAD'));
  if (token !== undefined) routeSignIn(app, token, sessions, onEntry, show);
  routeEvents(app, parts, sessions);
  routeActions(app, parts);
  routePages(app, parts, show);
}
