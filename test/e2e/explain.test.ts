import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.ts';
import { runway, type Served, serving } from '../support/runway.ts';

const folder = mkdtempSync(join(tmpdir(), 'runway-explain-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'runway.yaml');

const project = '7aad83af3e8d42e99ac194e8419e2c9b';
const text = `listen: { host: 127.0.0.1, port: 0 }
admin: { host: 127.0.0.1, port: 0, token: planted-token }
upstreams:
  main: { region: cn-north-1, projectId: ${project}, credentials: { accessKey: planted-ak, secretKey: planted-sk } }
defaults:
  retry: { attempts: 2, on: [429] }
functions:
  hello:
    urn: urn:fss:cn-north-1:${project}:function:default:hello
    idempotent: true
    cache: { ttl: 1h }
consumers:
  anonymous:
    limits:
      - { name: daily, requests: 3, per: 1d }
anonymous: allow
`;
writeFileSync(config, text);

const partOf = (explanation: string, part: string) => (JSON.parse(explanation) as Explanation).parts.find((each) => each.part === part);

describe('explain -c', () => {
  const explain = (...args: string[]) => runway(['explain', 'hello', '-c', config, ...args]);

  test('explains by the file alone, each setting with its line', async () => {
    const { code, stdout, stderr } = await explain('-d', '{"message":"x"}');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^A call of hello by anonymous would be sent to urn:fss:\S+:hello:latest by upstream main, unless a limit, /);
    expect(stdout).toMatch(new RegExp(`\n +2 attempts, on 429 +${config}:6 \\(defaults\\.retry\\)\n`));
    expect(stdout).toMatch(new RegExp(`\nlimit daily +3 requests, per 1d +${config}:15 \\(consumers\\.anonymous\\.limits\\[0\\]\\)\n`));
    expect(stdout).toMatch(/\nfallback +none +default\n/);
    expect(stdout).toContain('No gateway was asked');
    expect(stdout).not.toContain('planted');
  });

  test('takes the event from a file or standard input, and says what is wrong with it', async () => {
    const file = join(folder, 'event.json');
    writeFileSync(file, '{"a":');
    expect((await explain('-d', `@${file}`)).stdout).toContain('would be refused: invalid_event: the event is not JSON');
    const { stdout } = await runway(['explain', 'hello', '-c', config, '--json', '-d', '-'], { input: '[1]' });
    expect(partOf(stdout, 'event')?.says).toBe('3 bytes of JSON');
  });

  test('takes headers', async () => {
    const { stdout } = await explain('-H', 'Cache-Control: no-store', '-H', 'prefer: wait=2');
    expect(stdout).toContain('the caller gives it 2 s');
    expect(stdout).toContain('(no-store)');
  });

  test('of a name that is not there, or a file that is not good, ends with 1 and a line that says so', async () => {
    const missing = await runway(['explain', 'nobody', '-c', config]);
    const why = `runway: ${config} has no function "nobody", allowed are the names in functions\n`;
    expect(missing).toEqual({ code: 1, stdout: '', stderr: why });
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, text.replace('3, per', '0, per'));
    const { code, stderr } = await runway(['explain', 'hello', '-c', bad]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${bad}:15:`)]);
  });
});

describe('explain', () => {
  let dev: Served;
  beforeAll(async () => {
    dev = await serving(['dev', '--json', '-c', config]);
  });
  afterAll(() => dev.stop());
  const explain = (args: readonly string[], token = 'planted-token') =>
    runway(['explain', ...args, '--url', String(dev.ready.adminUrl), '--token', token]);
  const call = () =>
    fetch(`${dev.ready.url}/run/hello`, { method: 'POST', body: '{"message":"x"}', headers: { 'content-type': 'application/json' } });

  test('asks the running gateway, which knows what is kept and used, and uses nothing up', async () => {
    const asked = ['hello', '-d', '{ "message": "x" }'];
    const before = await explain(asked);
    expect(before).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/would be sent to .*, and its result kept\.\n/) });
    expect(before.stdout).toMatch(/\nlimit daily +0 used, 3 left: the call would pass\n/);
    expect(before.stdout).toMatch(/\n +http:\/\/127\.0\.0\.1:\d+, an emulator +emulator\n/);
    await call();
    const after = await explain(asked);
    expect(after.stdout).toMatch(/^A call of hello by anonymous would be answered from memory, fresh for \d+ min more\.\n/);
    expect(after.stdout).toMatch(/\nlimit daily +1 used, 2 left: the call would pass\n/);
    await call();
    await call();
    const { stdout } = await explain([...asked, '--json']);
    expect((JSON.parse(stdout) as Explanation).verdict).toMatchObject({ kind: 'refused', code: 'rate_limited', status: 429 });
    expect(before.stdout + after.stdout + stdout).not.toContain('planted');
  });

  test('ends with 1 and a line that says why: an unknown name, another token, no gateway', async () => {
    const unknown = await explain(['nobody']);
    expect([unknown.code, unknown.stdout, unknown.stderr]).toEqual([
      1,
      '',
      expect.stringContaining('no function of this name is known here'),
    ]);
    expect(await explain(['hello'], 'other')).toMatchObject({ code: 1, stderr: expect.stringContaining('the token of') });
    const nowhere = await runway(['explain', 'hello', '--url', 'http://127.0.0.1:9']);
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('no gateway answers at http://127.0.0.1:9') });
  });
});

test.each([
  [['explain'], "missing required argument 'name'"],
  [['explain', 'hello', '-H', 'no header'], 'allowed is "NAME: VALUE"'],
  [['explain', 'hello', '-c', config, '--url', 'http://127.0.0.1:9'], 'allowed is one of them'],
  [['explain', 'hello', '--verbose'], "unknown option '--verbose'"],
])('%j is wrong usage: exit 2, and it says why', async (args, why) => {
  const { code, stderr } = await runway(args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
});
