import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { readLibrary } from '../../src/emulator/library.ts';
import { Pool } from '../../src/emulator/pool.ts';
import { FakeClock } from '../support/clock.ts';
import { faults, functionsDir, handler, open, site, write } from './local.ts';

/** Says which instance ran it, and waits for as long as it is told. */
const who = `const me = Math.random(); ${handler('await new Promise((go) => setTimeout(go, event.ms ?? 0)); return me;')}`;

async function fileAt(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('instances', () => {
  test('one that is warm is used again', async () => {
    const emulator = await open({ 'fn/index.js': who });
    const first = await emulator.call('fn', {});
    expect((await emulator.call('fn', {})).text).toBe(first.text);
  });

  test('each runs one event at a time, so calls at once run on several', async () => {
    const emulator = await open({ 'fn/index.js': who, 'fn/function.yaml': 'concurrency: 2' });
    const [a, b] = await Promise.all([emulator.call('fn', { ms: 300 }), emulator.call('fn', { ms: 300 })]);
    expect(a.text).not.toBe(b.text);
  });

  test('a function is throttled above its concurrency, and what is throttled is not billed', async () => {
    const emulator = await open({ 'fn/index.js': who, 'fn/function.yaml': 'concurrency: 1' });
    const answers = await Promise.all([1, 2, 3].map(() => emulator.call('fn', { ms: 300 })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 429, 429]);
    expect(answers.find(({ status }) => status === 429)?.text).toBe('{"error_code":"FSS.0429","error_msg":"Too many requests."}');
    expect(emulator.books().functions.fn!.invocations).toBe(1);
  });

  test('without a concurrency, a hundred calls at once wait for four instances, and one more is throttled', async () => {
    const library = await readLibrary(await functionsDir({ 'fn/index.js': who }), site);
    if (!library.ok) throw new Error(library.problems.join());
    const pool = new Pool(library.functions.get('fn')!, 'latest', site, systemClock);
    onTestFinished(() => pool.close());
    const run = (queued = false) => pool.run({ requestId: 'id', alias: '', event: '{"ms":1}' }, { coldStartMs: 0, queued });
    const hundred = Promise.all(Array.from({ length: 100 }, () => run()));
    expect(await run()).toEqual({ kind: 'throttled' });
    const queued = run(true);
    const results = (await hundred).map((ran) => (ran.kind === 'done' ? ran.result : ran.kind));
    expect(new Set(results).size).toBe(4);
    expect(pool.size).toBe(4);
    expect((await queued).kind).toBe('done');
  });

  test('a concurrency of 0 disables the function', async () => {
    const emulator = await open({ 'fn/index.js': who, 'fn/function.yaml': 'concurrency: 0' });
    expect(await emulator.call('fn', {})).toMatchObject({ status: 429, text: '{"error_code":"FSS.0429","error_msg":"Function Disabled"}' });
  });

  test('one that is idle for a minute is ended, not sooner', async () => {
    const clock = new FakeClock();
    const emulator = await open({ 'fn/index.js': who }, { clock });
    const first = await emulator.call('fn', {});
    for (let passedMs = 0; passedMs < 50_000; passedMs += 10_000) await clock.advance(10_000);
    const second = await emulator.call('fn', {});
    expect(second.text).toBe(first.text);
    for (let passedMs = 0; passedMs < 60_000; passedMs += 10_000) await clock.advance(10_000);
    expect((await emulator.call('fn', {})).text).not.toBe(first.text);
  });

  test('one that ends while idle is replaced', async () => {
    const emulator = await open({
      'fn/index.js': `const { existsSync, writeFileSync } = require('node:fs'); const me = Math.random();
        process.on('exit', () => writeFileSync(__dirname + '/gone', ''));
        setInterval(() => existsSync(__dirname + '/die') && process.exit(), 5);
        ${handler('return me;')}`,
    });
    const first = await emulator.call('fn', {});
    await write(emulator.dir, { 'fn/die': '' });
    await fileAt(join(emulator.dir, 'fn/gone'));
    await rm(join(emulator.dir, 'fn/die'));
    // The thread ends right after that; nothing outside tells when.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = await emulator.call('fn', {});
    expect(second.status).toBe(200);
    expect(second.text).not.toBe(first.text);
  });

  test('a slower cold start delays only the first call, and is not billed', async () => {
    const clock = new FakeClock();
    const emulator = await open({ 'fn/index.js': who }, { clock, faults: faults('cold-start=7s') });
    const first = emulator.call('fn', {});
    while (!clock.sleptMs.includes(7000)) await setImmediate();
    await clock.advance(7000);
    expect(JSON.parse((await first).headers.get('x-cff-invoke-summary')!).duration).toBeLessThan(7000);
    expect((await emulator.call('fn', {})).text).toBe((await first).text);
  });
});

describe('reading the folder again', () => {
  test('the next call runs the new code, the call under way ends on the old', async () => {
    const hold = handler(
      'require("node:fs").writeFileSync(__dirname + "/begun", ""); await new Promise((go) => setTimeout(go, 200)); return "old";',
    );
    const emulator = await open({ 'fn/index.js': hold });
    const underWay = emulator.call('fn', {});
    await fileAt(join(emulator.dir, 'fn/begun'));
    await write(emulator.dir, { 'fn/index.js': handler('return "new";'), 'other/index.js': handler('return "other";') });
    expect(await emulator.reload()).toEqual([]);
    expect((await emulator.call('fn', {})).text).toBe('"new"');
    expect((await underWay).text).toBe('"old"');
    expect(emulator.functions().map(({ name }) => name)).toEqual(['fn', 'other']);
    expect(emulator.books().functions.fn!.invocations).toBe(2);
  });

  test('a call from before it does not bring the old settings back', async () => {
    const clock = new FakeClock();
    const code = { 'fn/index.js': handler('return context.getUserData("AGE");') };
    const emulator = await open({ ...code, 'fn/function.yaml': 'userData: { AGE: old }' }, { clock, faults: faults('latency=2s') });
    const early = emulator.call('fn', {});
    while (!clock.sleptMs.includes(2000)) await setImmediate();
    await write(emulator.dir, { 'fn/function.yaml': 'userData: { AGE: new }' });
    expect(await emulator.reload()).toEqual([]);
    await clock.advance(2000);
    expect((await early).text).toBe('"old"');
    emulator.setFaults([]);
    expect((await emulator.call('fn', {})).text).toBe('"new"');
  });

  test('with a mistake in it the functions stay as they were', async () => {
    const emulator = await open({ 'fn/index.js': handler('return "old";') });
    await write(emulator.dir, { 'fn/function.yaml': 'timeuot: 3' });
    expect(await emulator.reload()).toEqual([expect.stringContaining('timeuot: is not a key')]);
    expect((await emulator.call('fn', {})).text).toBe('"old"');
  });
});
