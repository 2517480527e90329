import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runway, type Served, serving } from '../support/runway.ts';

const folder = mkdtempSync(join(tmpdir(), 'runway-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A folder of functions: a folder each, with an empty file. */
function functionsFolder(name: string, fileByFunction: Record<string, string>): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [fn, code] of Object.entries(fileByFunction)) {
    mkdirSync(join(path, fn), { recursive: true });
    writeFileSync(join(path, fn, code), '');
  }
  return path;
}

const good = `upstreams:
  main: { region: cn-north-1, projectId: 7aad83af3e8d42e99ac194e8419e2c9b }
functions:
  hello: { urn: "urn:fss:cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b:function:default:hello" }
`;
const bad = `${good.replace(':default:hello', ':default:9hello')}listen: { prot: 80 }\n`;

describe('usage', () => {
  test.each([
    [['--help']],
    [['serve', '--help']],
    [['check', '--help']],
    [['dev', '--help']],
    [['emulator', '--help']],
    [['call', '--help']],
    [['advise', '--help']],
    [['explain', '--help']],
  ])('%j explains itself', async (args) => {
    const { code, stdout } = await runway(args);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: runway${args.length === 2 ? ` ${args[0]}` : ''}`);
  });

  test.each([
    [['fly'], "unknown command 'fly'"],
    [['check', '--colour'], "unknown option '--colour'"],
    [['call'], "missing required argument 'name'"],
    [['check', 'too', 'many'], 'too many arguments'],
    [['emulator', '--port', 'x'], 'allowed is a port from 0 to 65535'],
    [['dev', '--fault', '999=1'], 'allowed are'],
    [['emulator', '--access-key', 'A'], '--access-key and --secret-key go together'],
    [['emulator', '--iam-domain', 'd', '--iam-user', 'u'], '--iam-domain, --iam-user and --iam-password go together'],
    [['call', 'hello', '--url', 'nonsense'], "'nonsense' is invalid. allowed is http://HOST:PORT or https://HOST:PORT"],
    [['call', 'hello', '--url', 'localhost:8080'], 'allowed is http://HOST:PORT or https://HOST:PORT'],
  ])('%j is wrong usage: exit 2, and it says why', async (args, why) => {
    const { code, stderr } = await runway(args);
    expect(stderr).toContain(why);
    expect(code).toBe(2);
  });

  test('no command at all shows the help and is wrong usage', async () => {
    const { code, stderr } = await runway([]);
    expect([code, stderr.startsWith('Usage: runway')]).toEqual([2, true]);
  });

  test('--version is that of the package', async () => {
    expect((await runway(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('check', () => {
  test('of a good file says so', async () => {
    const path = file('good.yaml', `redis: { url: "redis://h" }\n${good}`);
    expect(await runway(['check', '-c', path])).toEqual({ code: 0, stdout: `${path}: good, 1 function, 1 upstream\n`, stderr: '' });
  });

  test('of a good file without Redis warns of what then lives in one process alone, and is good all the same', async () => {
    const path = file('good.yaml', good);
    const { code, stdout } = await runway(['check', '-c', path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/: good, 1 function, 1 upstream\n.*: warning: redis is missing: .*Idempotency-Keys/);
    const forPrograms = JSON.parse((await runway(['check', '-c', path, '--json'])).stdout) as unknown;
    expect(forPrograms).toMatchObject({ good: true, problems: [], warnings: [expect.stringContaining('redis is missing')] });
  });

  test('of a bad file names every problem with its place', async () => {
    const path = file('bad.yaml', bad);
    const { code, stdout } = await runway(['check', '-c', path]);
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`${path}:4:17 functions.hello.urn: `);
    expect(lines[0]).toContain('"9hello"');
    expect(lines[1]).toContain(`${path}:5:11 listen.prot: `);
  });

  test('gives the same to programs', async () => {
    const path = file('bad.yaml', bad);
    const { code, stdout } = await runway(['check', '-c', path, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      file: path,
      good: false,
      warnings: [],
      problems: [
        { line: 4, column: 17 },
        { line: 5, column: 11 },
      ],
    });
  });

  test('takes $RUNWAY_CONFIG, then ./runway.yaml', async () => {
    const path = file('runway.yaml', good);
    expect((await runway(['check'], { env: { RUNWAY_CONFIG: path } })).code).toBe(0);
    expect((await runway(['check'], { cwd: folder })).stdout).toContain('runway.yaml: good');
  });

  test.each(['deploy/runway.yaml', 'src/emulator/functions/runway.yaml'])('has nothing against %s', async (path) => {
    const env = { HUAWEICLOUD_SDK_AK: 'ak', HUAWEICLOUD_SDK_SK: 'sk' };
    expect(await runway(['check', '-c', path], { env })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('serve', () => {
  test('without a file ends with a line that names it', async () => {
    const { code, stderr } = await runway(['serve', '-c', join(folder, 'nowhere.yaml')]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('nowhere.yaml:1:1 cannot be read (ENOENT), allowed is a YAML file; name one with -c FILE or $RUNWAY_CONFIG'),
    ]);
  });

  test('of a bad file ends with its problems', async () => {
    const path = file('bad.yaml', bad);
    const { code, stderr } = await runway(['serve', '-c', path]);
    expect(code).toBe(1);
    expect(stderr.match(new RegExp(`${path}:`, 'g'))).toHaveLength(2);
  });

  test('on a port that is taken ends with a line that names it', async () => {
    const any = 'listen: { host: 127.0.0.1, port: 0 }\nadmin: { host: 127.0.0.1, port: 0 }\n';
    await using first = await serving(['serve', '-c', file('first.yaml', good + any)]);
    const { port } = new URL(String(first.ready.url));
    const { code, stderr } = await runway(['serve', '-c', file('second.yaml', good + any.replace('port: 0', `port: ${port}`))]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`cannot listen on 127.0.0.1:${port}`)]);
  });
});

describe('emulator', () => {
  test('gives tokens to the user it is told of, and lets nobody in without', async () => {
    const user = ['--iam-domain', 'account', '--iam-user', 'runway', '--iam-password', 'secret'];
    await using emulator = await serving(['emulator', '--port', '0', '--json', ...user]);
    const url = String(emulator.ready.url);
    const password = { user: { name: 'runway', password: 'secret', domain: { name: 'account' } } };
    const logIn = JSON.stringify({ auth: { identity: { methods: ['password'], password } } });
    const granted = await fetch(`${url}/v3/auth/tokens`, { method: 'POST', body: logIn });
    expect(granted.status).toBe(201);
    const token = granted.headers.get('x-subject-token')!;
    const list = `${url}/v2/7aad83af3e8d42e99ac194e8419e2c9b/fgs/functions`;
    expect((await fetch(list)).status).toBe(401);
    expect((await fetch(list, { headers: { 'x-auth-token': token } })).status).toBe(200);
  });

  test('names the folders it skips', async () => {
    const dir = functionsFolder('some', { hello: 'index.js', typed: 'index.ts' });
    await using emulator = await serving(['emulator', '--port', '0', '--json', '--functions', dir]);
    expect(emulator.ready.functions).toMatchObject([{ name: 'hello' }]);
    expect(emulator.output().stderr).toContain(`${dir}/typed: is no function, it has no index.js`);
  });
});

describe.each(['emulator', 'dev'])('%s', (command) => {
  test('of a folder without functions ends with a line that says what a function is', async () => {
    const dir = functionsFolder('none', {});
    const { code, stdout, stderr } = await runway([command, '--functions', dir]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      `${dir}: holds no function, a function is a folder in it with an index.js, index.mjs or index.cjs, or a function.yaml`,
    );
  });

  test('with a fault of a function that is not there ends with a line that names those that are', async () => {
    const dir = functionsFolder('one', { hello: 'index.js' });
    const { code, stdout, stderr } = await runway([command, '--functions', dir, '--fault', 'nosuch:429']);
    const why = 'the fault "nosuch:429" cannot be used: its function is "nosuch", allowed are hello';
    expect([code, stdout, stderr]).toEqual([1, '', `runway: ${why}\n`]);
  });
});

describe('call', () => {
  let dev: Served;
  beforeAll(async () => {
    const config = file('dev.yaml', `${good}listen: { host: 127.0.0.1, port: 0 }\nadmin: { host: 127.0.0.1, port: 0 }\n`);
    dev = await serving(['dev', '--json', '-c', config]);
  });
  afterAll(() => dev.stop());
  const call = (args: readonly string[], input?: string) =>
    runway(['call', ...args, '--url', String(dev.ready.url)], input === undefined ? {} : { input });

  test('prints the body to stdout and what is worth knowing to stderr', async () => {
    const { code, stdout, stderr } = await call(['hello', '-d', '{"message":"Hello World"}']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ message: 'Hello World' });
    expect(stderr).toMatch(/^status: 200\nrequest: .+\ntiming: gateway;dur=.+\nbilled: \{"duration":.+\}\n$/);
  });

  test('takes the event from a file, from standard input, or sends {}', async () => {
    const event = file('event.json', '{"message":"from a file"}');
    expect(JSON.parse((await call(['hello', '-d', `@${event}`])).stdout)).toMatchObject({ message: 'from a file' });
    expect(JSON.parse((await call(['hello', '-d', '-'], '{"message":"from stdin"}')).stdout)).toMatchObject({ message: 'from stdin' });
    expect((await call(['hello'])).code).toBe(0);
  });

  test('shows the log of the function when asked', async () => {
    expect((await call(['hello', '--log'])).stderr).toContain('Finish invoke request');
  });

  test('ends with 1 when the answer is no success, and still prints it', async () => {
    const { code, stdout } = await call(['nobody']);
    expect([code, (JSON.parse(stdout) as { code: string }).code]).toEqual([1, 'unknown_function']);
  });

  test('gives everything to programs', async () => {
    const { stdout } = await call(['hello', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' }, body: expect.any(String) });
  });

  test('says it when no gateway answers', async () => {
    const { code, stderr } = await runway(['call', 'hello', '--url', 'http://127.0.0.1:9']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('no gateway answers at http://127.0.0.1:9')]);
  });

  test('says it when the file of the event is not there', async () => {
    const { code, stderr } = await call(['hello', '-d', '@/nowhere/event.json']);
    const why = 'the event cannot be read from "/nowhere/event.json": ENOENT: no such file or directory';
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
  });
});
