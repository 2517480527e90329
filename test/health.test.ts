import { expect, test } from 'vitest';
import { Health } from '../src/health.ts';

test('it is ready from the end of the start to the beginning of the drain, and lives throughout', () => {
  const health = new Health();
  const seen = () => [health.livez(false).status, health.readyz(false).status, health.draining];
  expect(seen()).toEqual([200, 503, false]);
  health.started();
  expect(seen()).toEqual([200, 200, false]);
  health.drain();
  expect(seen()).toEqual([200, 503, true]);
});

test('a drain that began during the start is not undone by its end', () => {
  const health = new Health();
  health.drain();
  health.started();
  expect(health.readyz(false).status).toBe(503);
});

test('a part that is away is listed and leaves the gateway ready', () => {
  const health = new Health();
  health.started();
  health.part('redis', true);
  health.part('redis', false);
  health.part('iam', true);
  expect(health.readyz(false)).toEqual({ status: 200, body: '{"status":"ready"}' });
  expect(health.readyz(true)).toEqual({ status: 200, body: '{"status":"ready","parts":{"redis":"degraded","iam":"up"}}' });
  expect(health.livez(true)).toEqual({ status: 200, body: '{"status":"live","parts":{"redis":"degraded","iam":"up"}}' });
});
