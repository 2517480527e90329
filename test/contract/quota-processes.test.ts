import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { on } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, inject, test } from 'vitest';
import type { Said, Told } from '../support/quota-worker.ts';
import { startRedis } from '../support/redis-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Worker {
  readonly child: ChildProcess;
  ask(told: Told): void;
  /** The next message that has it. */
  hear<T extends Said>(is: (said: Said) => said is T): Promise<T>;
}

const isAdmitted = (said: Said): said is { admitted: number } => typeof said === 'object' && 'admitted' in said;
const isUsed = (said: Said): said is { used: number } => typeof said === 'object' && 'used' in said;
const isReady = (said: Said): said is 'ready' => said === 'ready';
const isMet = (said: Said): said is 'met' => said === 'met';
const isHalf = (said: Said): said is 'half' => said === 'half';

async function start(url: string, keyPrefix: string, amount: number): Promise<Worker> {
  const child = fork(join(import.meta.dirname, '../support/quota-worker.ts'), [url, keyPrefix, String(amount)]);
  closers.push(() => child.kill('SIGKILL'));
  const messages = on(child, 'message', { close: ['exit'] });
  const worker: Worker = {
    child,
    ask: (told) => void child.send(told),
    async hear(is) {
      for (;;) {
        const { value, done } = await messages.next();
        if (done) throw new Error(`the worker ended: ${child.exitCode ?? child.signalCode}`);
        const [said] = value as [Said];
        if (is(said)) return said;
      }
    },
  };
  await worker.hear(isReady);
  return worker;
}

const two = (url: string, prefix: string, amount: number) => Promise.all([start(url, prefix, amount), start(url, prefix, amount)]);

async function admittedOf(workers: readonly Worker[]): Promise<number> {
  const said = await Promise.all(workers.map((worker) => worker.hear(isAdmitted)));
  return said.reduce((sum, { admitted }) => sum + admitted, 0);
}

test('two processes with 64 clients each admit together what the limit says, and not one call more', async () => {
  const workers = await two(inject('redisUrl'), `test:${randomUUID()}:`, 5_000);
  for (const worker of workers) worker.ask({ calls: 60 });
  expect(await admittedOf(workers)).toBe(5_000);
});

test('a process that is killed takes no count with it', async () => {
  const prefix = `test:${randomUUID()}:`;
  const [first, second] = await two(inject('redisUrl'), prefix, 5_000);
  first.ask({ calls: 50 });
  const before = await admittedOf([first]);
  first.child.kill('SIGKILL');
  const third = await start(inject('redisUrl'), prefix, 5_000);
  for (const worker of [second, third]) worker.ask({ calls: 50 });
  expect(before + (await admittedOf([second, third]))).toBe(5_000);
});

test('a Redis that is killed between their calls and comes back empty costs at most 10 % over the limit, and then it knows what is used', async () => {
  const server = await startRedis();
  closers.push(() => server.stop());
  const amount = 10_000;
  const workers = await two(server.url, 'test:', amount);
  for (const worker of workers) worker.ask('meet');
  await Promise.all(workers.map((worker) => worker.hear(isMet)));
  for (const worker of workers) worker.ask({ calls: 100 });
  await Promise.race(workers.map((worker) => worker.hear(isHalf)));
  await server.kill('SIGKILL');
  let admitted = await admittedOf(workers);
  for (const worker of workers) worker.ask({ calls: 100 });
  admitted += await admittedOf(workers);
  expect(admitted).toBeGreaterThan(amount / 2);
  expect(admitted).toBeLessThanOrEqual(1.1 * amount);

  await server.restart();
  for (const worker of workers) worker.ask('settle');
  for (const worker of workers) expect((await worker.hear(isUsed)).used).toBeGreaterThan(0.4 * amount);
  for (const worker of workers) worker.ask({ calls: 100 });
  admitted += await admittedOf(workers);
  expect(admitted).toBeGreaterThan(0.9 * amount);
  expect(admitted).toBeLessThanOrEqual(1.1 * amount);
});
