import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { parseConfig } from '../src/config/load.ts';
import { serve } from '../src/serve.ts';
import { createLog } from '../src/telemetry/log.ts';
import { openTcpUpstream } from './support/tcp-upstream.ts';
import { until } from './support/until.ts';

test('a gateway that drains ends the streams of open pages while calls are still under way', async () => {
  let answer: () => void = () => undefined;
  const upstream = await openTcpUpstream((socket) => {
    answer = () => void socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
  });
  const project = '7aad83af3e8d42e99ac194e8419e2c9b';
  const loaded = parseConfig(
    `listen: { host: 127.0.0.1, port: 0 }
admin: { host: 127.0.0.1, port: 0 }
upstreams: { main: { region: cn-north-1, projectId: ${project}, endpoint: "${upstream.origin}" } }
functions: { hello: { urn: "urn:fss:cn-north-1:${project}:function:default:hello" } }\n`,
    'runway.yaml',
    {},
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const gateway = await serve(loaded.config, { log: createLog({ write: () => undefined }), graceMs: 0 });
  const page = await fetch(`${gateway.adminUrl}/console/events`);
  const call = fetch(`${gateway.url}/run/hello`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
  await until('the call is under way', () => upstream.requests.length === 1);

  const closed = gateway.close();
  expect(await text(page.body!)).toContain('retry: 2000');
  answer();
  expect((await call).status).toBe(200);
  await closed;
});
