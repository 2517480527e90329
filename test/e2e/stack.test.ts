import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, expect, test } from 'vitest';
import { expressionsOf, panelsOf, queriesOf } from '../deploy/dashboard-file.ts';
import { freePort } from '../support/redis-process.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'runway-stack-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function ports() {
  const names = ['GATEWAY_PORT', 'ADMIN_PORT', 'EMULATOR_PORT', 'REDIS_PORT', 'PROMETHEUS_PORT'] as const;
  const entries: [string, string][] = [];
  for (const name of names) entries.push([name, String(await freePort())]);
  return Object.fromEntries(entries) as Record<(typeof names)[number], string>;
}

/** Runs it with a folder of the test for its data. */
function stack(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn('/bin/bash', [join(root, 'deploy/stack.sh'), ...args], { env: { ...process.env, TMPDIR: folder, ...env } });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, ended, printed: () => printed };
}

const lives = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function query(port: string, expr: string): Promise<unknown[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query: expr }) });
  const { status, error, data } = (await answer.json()) as { status: string; error?: string; data?: { result: unknown[] } };
  if (status !== 'success') throw new Error(`${expr}: ${error}`);
  return data!.result;
}

/** What Grafana puts in place of the variables. */
const filled = (expr: string) =>
  expr
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '5m')
    .replaceAll(/"\$(instance|function|consumer)"/g, '".*"')
    .replaceAll('function=".*"', 'function="hello"');

test('shows the load in Prometheus, answers every expression of the dashboards, and leaves nothing behind', {
  timeout: 180_000,
}, async () => {
  const own = await ports();
  const { child, ended, printed } = stack(['--for', '150s'], own);
  try {
    await until('the stack is there', () => printed().includes('Ctrl-C ends all of it.'), 60_000);
    expect(printed()).toContain('Grafana is not among');
    const pids = [...printed().matchAll(/^(\w+): pid (\d+)$/gm)].map(([, name, pid]) => [name!, Number(pid)] as const);
    expect(pids.map(([name]) => name)).toEqual(['redis', 'emulator', 'gateway', 'prometheus', 'load']);

    const { PROMETHEUS_PORT: prometheus } = own;
    // Two scrapes are needed for a rate.
    await until('calls are seen', async () => (await query(prometheus, 'sum(rate(runway_requests_total[1m])) > 1')).length === 1, 90_000);
    expect(await query(prometheus, 'up{job="runway"} == 1')).toHaveLength(1);
    expect(await query(prometheus, 'sum by (consumer) (runway_requests_total{consumer=~"shop|reports|lab|anonymous"})')).toHaveLength(4);

    const folderOfThem = join(root, 'deploy/grafana/dashboards');
    const dashboards = readdirSync(folderOfThem).map((name) => JSON.parse(readFileSync(join(folderOfThem, name), 'utf8')) as Dashboard);
    for (const expr of dashboards.flatMap(expressionsOf)) await query(prometheus, filled(expr));
    const overview = dashboards.find(({ uid }) => uid === 'runway-overview')!;
    for (const panel of panelsOf(overview).filter(({ type }) => type === 'stat'))
      expect(await query(prometheus, filled(queriesOf(panel)[0]!.expr)), panel.title).toHaveLength(1);

    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(pids.filter(([, pid]) => lives(pid))).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
});

test('ends by itself after the time it is given', { timeout: 60_000 }, async () => {
  const { ended, printed } = stack(['--for', '1s'], await ports());
  expect(await ended).toBe(0);
  const pids = [...printed().matchAll(/pid (\d+)$/gm)].map(([, pid]) => Number(pid));
  expect(pids).toHaveLength(5);
  expect(pids.filter(lives)).toEqual([]);
});

test('says what is missing and installs nothing', async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const program of ['dirname', 'bash'])
    symlinkSync(['/usr/bin', '/bin'].map((at) => join(at, program)).find(existsSync)!, join(bin, program));
  const { ended, printed } = stack([], { PATH: bin });
  expect(await ended).toBe(1);
  rmSync(bin, { recursive: true });
  expect(printed()).toBe(
    'the stack needs redis-server (Debian: apt-get install redis-server)\nthe stack needs prometheus (Debian: apt-get install prometheus)\n',
  );
});

test('takes no port from another program', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const { ended, printed } = stack([], { ...(await ports()), PROMETHEUS_PORT: String(port) });
  expect(await ended).toBe(1);
  expect(printed()).toContain(`port ${port} is taken: set PROMETHEUS_PORT to another one`);
  other.close();
});

test('wrong usage is exit 2', async () => {
  const { ended, printed } = stack(['--for', 'ever'], {});
  expect([await ended, printed()]).toEqual([2, expect.stringContaining('usage: deploy/stack.sh')]);
});
