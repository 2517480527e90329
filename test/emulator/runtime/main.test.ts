import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../support/clock.ts';
import { handler, open, site, write } from '../local.ts';

/** What the function failed with. */
async function failureOf(files: Record<string, string>, event: unknown = {}) {
  const emulator = await open(files);
  const answer = await emulator.call('fn', event);
  expect(answer.headers.get('x-is-func-err')).toBe('true');
  return { status: answer.status, code: Number(answer.headers.get('x-func-err-code')), error: JSON.parse(answer.text) };
}

describe('a function’s world', () => {
  test('CommonJS, ES modules and .cjs are run', async () => {
    const emulator = await open({
      'a/index.js': handler('return "js";'),
      'b/index.mjs': 'export const handler = async () => "mjs";',
      'c/lib/main.cjs': 'exports.go = (event, context, callback) => callback(null, "cjs");',
      'c/function.yaml': 'handler: lib/main.go',
      'd/index.mjs': 'export default { handler: () => "default" };',
    });
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => emulator.call(name, {})));
    expect(answers.map(({ text }) => text)).toEqual(['"js"', '"mjs"', '"cjs"', '"default"']);
  });

  test('the context says what the settings and the call say', async () => {
    const emulator = await open({
      'fn/function.yaml': 'memorySize: 256\ntimeout: 7\npackage: tools\nversions: [v1]\naliases: { stable: v1 }\nuserData: { COLOUR: red }',
      'fn/index.js': handler(`return {
        id: context.getRequestID(), name: context.getFunctionName(), version: context.getVersion(), alias: context.getAlias(),
        memory: context.getMemorySize(), cpu: context.getCPUNumber(), package: context.getPackage(), project: context.getProjectID(),
        colour: context.getUserData('COLOUR'), none: context.getUserData('toString') ?? null, running: context.getRunningTimeInSeconds(),
        left: context.getRemainingTimeInMilliSeconds() > 6000 && context.getRemainingTimeInMilliSeconds() <= 7000,
        secrets: [context.getAccessKey(), context.getSecretKey(), context.getSecurityToken(), context.getToken()].every((s) => s.startsWith('EMULATOR')),
      };`),
    });
    const answer = await emulator.call('tools:fn', {});
    const byAlias = await emulator.call(`${site.projectId}:tools:fn:!stable`, {});
    const expected = {
      id: answer.headers.get('x-cff-request-id'),
      name: 'fn',
      version: 'latest',
      alias: '',
      memory: 256,
      cpu: 400,
      package: 'tools',
      project: site.projectId,
      colour: 'red',
      none: null,
      running: 7,
      left: true,
      secrets: true,
    };
    expect(JSON.parse(answer.text)).toEqual(expected);
    expect(JSON.parse(byAlias.text)).toEqual({ ...expected, id: byAlias.headers.get('x-cff-request-id'), version: 'v1', alias: 'stable' });
  });

  test('the environment holds the runtime’s variables and nothing of the emulator’s', async () => {
    const emulator = await open({ 'fn/index.js': handler('return process.env;'), 'fn/function.yaml': 'userData: { A: b }' });
    expect(JSON.parse((await emulator.call('fn', {})).text)).toEqual({
      RUNTIME_PROJECT_ID: site.projectId,
      RUNTIME_FUNC_NAME: 'fn',
      RUNTIME_FUNC_VERSION: 'latest',
      RUNTIME_PACKAGE: 'default',
      RUNTIME_HANDLER: 'index.handler',
      RUNTIME_TIMEOUT: '3',
      RUNTIME_USERDATA: '{"A":"b"}',
      RUNTIME_CPU: '300',
      RUNTIME_MEMORY: '128',
      RUNTIME_CODE_ROOT: `${emulator.dir}/fn`,
    });
  });

  test('what it writes is in its log, in order, by whichever way it writes', async () => {
    const emulator = await open({
      'fn/index.js': `console.log('while loading');\n${handler(`
        console.log('one', { two: 2 });
        console.error('three');
        process.stdout.write('four\\n');
        const log = context.getLogger();
        log.debug('too quiet');
        log.setLevel('debug');
        log.debug('five');
        return null;`)}`,
    });
    const answer = await emulator.call('fn', {}, { 'x-cff-log-type': 'tail' });
    const lines = Buffer.from(answer.headers.get('x-cff-function-log')!, 'base64').toString().split('\n').slice(1, -2);
    expect(lines).toEqual([
      'while loading',
      'one { two: 2 }',
      'three',
      'four',
      expect.stringMatching(new RegExp(`^\\d{4}-.*Z ${answer.headers.get('x-cff-request-id')} DEBUG five$`)),
    ]);
    expect(emulator.log[1]).toBe(`fn ${answer.headers.get('x-cff-request-id')} one { two: 2 }`);
  });

  test('a value JSON has no word for is null, and text comes back byte by byte as it went', async () => {
    const emulator = await open({ 'fn/index.js': handler('return event.none ? undefined : event.text;') });
    const text = '\u0000\ud83c\udf0d "\\ \u2028 é';
    expect((await emulator.call('fn', { none: true })).text).toBe('null');
    expect(JSON.parse((await emulator.call('fn', { text })).text)).toBe(text);
  });
});

describe('the initializer', () => {
  test('runs once in an instance, is billed with its first call, and not again', async () => {
    const emulator = await open({
      'fn/function.yaml': 'initializer: index.initializer',
      'fn/index.js': `let runs = 0;
        exports.initializer = (context, callback) => { runs += 1; const until = performance.now() + 30; while (performance.now() < until); callback(null, ''); };
        ${handler('return runs;')}`,
    });
    const first = await emulator.call('fn', {});
    const second = await emulator.call('fn', {});
    expect([first.text, second.text]).toEqual(['1', '1']);
    expect(JSON.parse(first.headers.get('x-cff-invoke-summary')!).duration).toBeGreaterThanOrEqual(30);
    expect(JSON.parse(second.headers.get('x-cff-invoke-summary')!).duration).toBeLessThan(30);
  });

  test('its failure abandons the instance; the next call tries a new one', async () => {
    const emulator = await open({
      'fn/function.yaml': 'initializer: index.initializer',
      'fn/index.js': `exports.initializer = (context, callback) => callback(new Error('no database')); ${handler('return 1;')}`,
    });
    const first = await emulator.call('fn', {});
    expect(first).toMatchObject({ status: 500, text: expect.stringContaining('no database') });
    expect(first.headers.get('x-func-err-code')).toBe('4009');
    await write(emulator.dir, { 'fn/index.js': `exports.initializer = async () => {}; ${handler('return 1;')}` });
    expect((await emulator.call('fn', {})).text).toBe('1');
  });
});

describe('ways to fail', () => {
  test('a thrown error is shown with its type', async () => {
    expect(await failureOf({ 'fn/index.js': handler('throw new TypeError("bad");') })).toMatchObject({
      status: 500,
      code: 4002,
      error: { errorMessage: 'bad', errorType: 'TypeError', stackTrace: [expect.stringContaining('fn/index.js')] },
    });
  });

  test('so is a result that cannot be JSON', async () => {
    const failure = await failureOf({ 'fn/index.js': handler('const a = {}; a.a = a; return a;') });
    expect(failure).toMatchObject({ code: 4002, error: { errorType: 'TypeError', errorMessage: expect.stringContaining('circular') } });
  });

  test('process.exit, at once or after an error nobody caught', async () => {
    const exited = { status: 500, code: 4204, error: { errorMessage: 'runtime process is exited', errorType: 'RuntimeError' } };
    expect(await failureOf({ 'fn/index.js': handler('process.exit(0);') })).toEqual(exited);
    const uncaught = handler('setImmediate(() => { throw new Error("late"); }); return new Promise(() => {});');
    expect(await failureOf({ 'fn/index.js': uncaught })).toEqual(exited);
  });

  test('too much memory', async () => {
    const hoard = handler('const kept = []; for (;;) kept.push(new Array(10000).fill(kept.length));');
    expect(await failureOf({ 'fn/index.js': hoard })).toMatchObject({
      code: 4205,
      error: { errorMessage: 'runtime memory limit exceeded' },
    });
  });

  test('no such function in the code, or code that does not load', async () => {
    expect(await failureOf({ 'fn/index.js': 'exports.other = 1;' })).toMatchObject({ code: 4001 });
    expect(await failureOf({ 'fn/index.js': 'this is not code' })).toMatchObject({ code: 4201, error: { errorType: 'SyntaxError' } });
  });

  test.each([
    ['CommonJS', { 'fn/index.js': 'exports.handler = async () => {\n  return 1;\n' }, 'fn/index.js:3'],
    ['what CommonJS requires', { 'fn/index.js': 'require("./lib.js");', 'fn/lib.js': '\nlet = = 1;' }, 'fn/lib.js:2'],
    ['an ES module', { 'fn/index.mjs': 'export const handler = async () => {\n  return 1;\n' }, 'fn/index.mjs:3'],
    ['a name that a module does not export', { 'fn/index.mjs': '\nimport { no } from "node:fs";' }, 'fn/index.mjs:2'],
  ])('code that does not parse is shown with its file and line: %s', async (_what, files, place) => {
    const { code, error } = await failureOf(files);
    expect([code, error.errorType, error.stackTrace[0]]).toEqual([
      4201,
      'SyntaxError',
      expect.stringMatching(new RegExp(`^at .*/${place}$`)),
    ]);
    expect(error.stackTrace.join()).not.toContain('node:internal');
  });

  test('of a module that imports one that does not parse, the module is named', async () => {
    const { error } = await failureOf({ 'fn/index.mjs': 'import "./lib.mjs";', 'fn/lib.mjs': '{' });
    expect(error.stackTrace).toEqual([expect.stringMatching(/^at .*\/fn\/index\.mjs, or a module it imports$/)]);
  });

  test('a timeout ends even a busy loop, bills the whole time, keeps the log, and the next call gets a new instance', async () => {
    const clock = new FakeClock();
    const emulator = await open(
      {
        'fn/index.js': `const { writeFileSync } = require('node:fs'); let calls = 0;
          ${handler('calls += 1; if (event.mark) { console.log("hanging"); writeFileSync(event.mark, ""); for (;;); } return calls;')}`,
      },
      { clock },
    );
    expect((await emulator.call('fn', {})).text).toBe('1');
    const mark = join(emulator.dir, 'hanging');
    const hung = emulator.call('fn', { mark }, { 'x-cff-log-type': 'tail' });
    while (!existsSync(mark)) await setImmediate();
    await clock.advance(3000);
    const answer = await hung;
    expect(answer.headers.get('x-func-err-code')).toBe('4010');
    expect(JSON.parse(answer.text)).toEqual({ errorMessage: 'call invoke timeout 3s', errorType: 'RuntimeError' });
    expect(JSON.parse(answer.headers.get('x-cff-invoke-summary')!)).toMatchObject({ duration: 3000, billingDuration: 3000 });
    expect(Buffer.from(answer.headers.get('x-cff-function-log')!, 'base64').toString()).toContain('hanging');
    expect((await emulator.call('fn', {})).text).toBe('1');
  });
});
