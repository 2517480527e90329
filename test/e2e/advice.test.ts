import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SeenAdvice } from '../../src/advice/advice.ts';
import type { AdviceReport } from '../../src/advice/memory-watch.ts';
import { call } from '../support/emulated.ts';
import { runway, type Served, serving } from '../support/runway.ts';

const token = 'admin-token-of-a-test';
const site = 'cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b';
const folder = mkdtempSync(join(tmpdir(), 'runway-advice-'));
let dev: Served;

function functionOf(name: string, memorySize: number, body: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'index.js'), `exports.handler = async () => { ${body} };`);
  writeFileSync(join(folder, name, 'function.yaml'), `memorySize: ${memorySize}\ntimeout: 20\n`);
}

/** The admin plane and its report, as a program reads it. */
async function report(): Promise<AdviceReport> {
  const { code, stdout } = await runway(['advise', '--url', String(dev.ready.adminUrl), '--json'], { env: { RUNWAY_ADMIN_TOKEN: token } });
  expect(code).toBe(0);
  return JSON.parse(stdout) as AdviceReport;
}

async function runs(name: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await (await call(String(dev.ready.url), name, {})).arrayBuffer();
}

beforeAll(async () => {
  functionOf('roomy', 1024, 'return 1;');
  functionOf('starved', 128, 'const kept = []; for (;;) kept.push(new Array(10000).fill(kept.length));');
  functionOf('idle', 128, 'return 1;');
  const urn = (name: string) => `  ${name}: { urn: "urn:fss:${site}:function:default:${name}" }\n`;
  const config = join(folder, 'runway.yaml');
  writeFileSync(
    config,
    `listen: { host: 127.0.0.1, port: 0 }
admin: { host: 127.0.0.1, port: 0, token: ${token} }
pricing: { currency: USD, perMillionRequests: 0.2, perGbSecond: 0.00001667 }
upstreams: { main: { region: cn-north-1, projectId: 7aad83af3e8d42e99ac194e8419e2c9b } }
functions:
${urn('roomy')}${urn('starved')}${urn('idle')}`,
  );
  dev = await serving(['dev', '--json', '--functions', folder]);
  await runs('roomy', 300);
  await runs('starved', 1);
});

afterAll(async () => {
  await dev.stop();
  rmSync(folder, { recursive: true });
});

test('a function with more memory than it uses is told to shrink, one that runs out to grow, one that never ran to wait', async () => {
  const { executions, functions } = await report();
  expect(executions).toBe(301);
  expect(functions).toMatchObject([
    { function: 'starved', advice: 'grow', sizeMb: 128, recommendedMb: 256, outOfMemory: 1, executions: 1, currency: 'USD' },
    { function: 'roomy', advice: 'shrink', sizeMb: 1024, recommendedMb: 128, executions: 300, risk: { level: 'high' } },
    { function: 'idle', advice: 'wait', executions: 0, missingExecutions: 300 },
  ]);
  const roomy = functions[1] as SeenAdvice;
  expect(roomy.usedPeakMb).toBeGreaterThanOrEqual(roomy.usedP99Mb);
  expect(roomy.usedPeakMb).toBeLessThanOrEqual(128);
  expect(roomy.savesCostPerMonth).toBeGreaterThan(0);
});

test('people get a table and a sentence for each', async () => {
  const { code, stdout } = await runway(['advise', '--url', String(dev.ready.adminUrl), '--token', token]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Watched since .+ UTC; 301 executions count, /);
  expect(stdout).toMatch(/^starved +grow +128 +256 .*\n {2}Grow from 128 to 256 MB: 1 of 1 execution ran out of memory/m);
  expect(stdout).toMatch(/^roomy +shrink +1024 +128 .*\n {2}Shrink from 1024 to 128 MB: /m);
  expect(stdout).toMatch(/^idle +wait\n {2}Wait: no execution was seen/m);
});

describe('advise says what is in its way', () => {
  test('without the token', async () => {
    const { code, stdout, stderr } = await runway(['advise', '--url', String(dev.ready.adminUrl)], { env: { RUNWAY_ADMIN_TOKEN: '' } });
    const why = `the gateway at ${dev.ready.adminUrl} lets nobody in without its admin.token: give it with --token or $RUNWAY_ADMIN_TOKEN`;
    expect([code, stdout, stderr]).toEqual([1, '', `runway: ${why}\n`]);
  });

  test('with the address of the data plane', async () => {
    const { code, stderr } = await runway(['advise', '--url', String(dev.ready.url)]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`the gateway at ${dev.ready.url} answers 404: `)]);
  });

  test('with no gateway there', async () => {
    const { code, stderr } = await runway(['advise', '--url', 'http://127.0.0.1:1']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('no gateway answers at http://127.0.0.1:1: ')]);
  });

  test('with an address that is none', async () => {
    const { code, stderr } = await runway(['advise', '--url', 'localhost:8081']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('allowed is http://HOST:PORT or https://HOST:PORT')]);
  });
});

test('a function that was given another size is watched anew, and the others go on', async () => {
  functionOf('roomy', 256, 'return 1;');
  const sizeOf = async () => {
    const answer = await call(String(dev.ready.url), 'roomy', {});
    return (JSON.parse(answer.headers.get('x-cff-invoke-summary') ?? '{}') as { memorySize?: number }).memorySize;
  };
  await expect.poll(sizeOf, { timeout: 10_000 }).toBe(256);
  const { functions } = await report();
  expect(functions.find((advice) => advice.function === 'roomy')).toMatchObject({ advice: 'wait', sizeMb: 256, executions: 1 });
  expect(functions.find((advice) => advice.function === 'starved')).toMatchObject({ advice: 'grow', executions: 1 });
}, 30_000);
