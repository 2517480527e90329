import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { describe, expect, test } from 'vitest';
import { adminPlane } from '../../src/admin/app.ts';
import { Health } from '../../src/health.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { adminParts } from '../support/admin.ts';
import { targetOf } from '../support/calls.ts';
import { newMetrics } from '../support/metrics.ts';

function admin(metrics: Metrics = newMetrics()) {
  const health = new Health();
  const faults: unknown[] = [];
  const app = adminPlane(adminParts({ metrics, health, onFault: (fault) => void faults.push(fault) }));
  return { app, health, faults };
}

describe('metrics', () => {
  test('are served whole, in the text format, by a real server', async () => {
    const metrics = newMetrics();
    for (let index = 0; index < 200; index++) metrics.requested(targetOf({ name: `fn-${index}` }), 'anonymous', 200, 'ok', 1, 1);
    const server = createAdaptorServer({ fetch: admin(metrics).app.fetch }).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      const text = await response.text();
      expect(text.match(/^runway_requests_total\{/gm)).toHaveLength(200);
      expect(text).toContain('\nprocess_resident_memory_bytes ');
      expect(text.endsWith('\n')).toBe(true);
    } finally {
      server.close();
    }
  });

  test('need no token and answer HEAD without a body', async () => {
    const response = await admin().app.request('/metrics', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('health', () => {
  test.each(['/livez', '/readyz'])('%s is JSON that nobody keeps', async (path) => {
    const { app, health } = admin();
    health.started();
    const response = await app.request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).not.toHaveProperty('parts');
  });

  test('a draining gateway lives and is not ready', async () => {
    const { app, health } = admin();
    health.started();
    health.drain();
    expect((await app.request('/livez')).status).toBe(200);
    expect((await app.request('/readyz')).status).toBe(503);
  });

  test('?verbose lists the parts', async () => {
    const { app, health } = admin();
    health.started();
    health.part('redis', false);
    const response = await app.request('/readyz?verbose');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ready', parts: { redis: 'degraded' } }]);
  });
});

describe('what it refuses', () => {
  test.each(['/', '/consoles', '/metrics/', '/run/hello', '/livez%00'])('%s is no route', async (path) => {
    const response = await admin().app.request(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  test.each(['/metrics', '/livez', '/readyz'])('%s takes no other method than GET and HEAD, and says so', async (path) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await admin().app.request(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
      expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
    }
  });

  test('a fault of its own is a problem without its text, and is reported', async () => {
    const metrics = newMetrics();
    metrics.exposition = () => {
      throw new Error('host db.internal fell over');
    };
    const { app, faults } = admin(metrics);
    const response = await app.request('/metrics');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('db.internal');
    expect(faults.map(String)).toEqual(['Error: host db.internal fell over']);
  });
});
