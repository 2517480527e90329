import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { greeting } from '../../src/cli/greeting.ts';
import { type Dev, type DevOptions, openDev } from '../../src/dev/dev.ts';
import { generatedConfig } from '../../src/dev/generated-config.ts';
import { exampleFunctionsDir } from '../../src/emulator/examples.ts';
import { parseFault } from '../../src/emulator/faults.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { serving } from '../support/runway.ts';

const sh = promisify(execFile);
let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runway-dev-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const log = () => createLog({ write: (line: string) => void lines.push(line) });

function writeFunction(name: string, code: string, settings?: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'index.js'), code);
  if (settings !== undefined) writeFileSync(join(folder, name, 'function.yaml'), settings);
}

const place = 'urn:fss:cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b:function:default';
const head = `listen: { host: 127.0.0.1, port: 0 }
admin: { host: 127.0.0.1, port: 0 }
upstreams: { local: { region: cn-north-1, projectId: 7aad83af3e8d42e99ac194e8419e2c9b } }
functions:
`;
const writeConfig = (functions: string) => writeFileSync(join(folder, 'runway.yaml'), head + functions);

async function open(options: Partial<DevOptions> = {}): Promise<Dev & AsyncDisposable> {
  const dev = await openDev({ configFile: undefined, functionsDir: folder, faults: [], log: log(), ...options });
  return { ...dev, [Symbol.asyncDispose]: dev.close };
}

const run = (dev: Dev, name: string, event: unknown = {}) =>
  fetch(`${dev.url}/run/${name}`, { method: 'POST', body: JSON.stringify(event), headers: { 'content-type': 'application/json' } });
const textOf = async (answer: Promise<Response>) => (await answer).text();
const metric = async (dev: Dev, name: string) =>
  new RegExp(`^${name} (.*)$`, 'm').exec(await (await fetch(`${dev.adminUrl}/metrics`)).text())?.[1];

describe('a folder of functions', () => {
  test('is served by the names its configuration gives', async () => {
    writeFunction('greet', 'exports.handler = async (event) => "hi " + event.name');
    writeConfig(`  hi: { urn: "${place}:greet" }\n`);
    await using dev = await open();
    expect(await textOf(run(dev, 'hi', { name: 'you' }))).toBe('"hi you"');
    expect((await run(dev, 'greet')).status).toBe(404);
  });

  test('that is changed is served as it is now, without a restart', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  hi: { urn: "${place}:greet" }\n`);
    await using dev = await open();
    expect(await textOf(run(dev, 'hi'))).toBe('1');
    writeFunction('greet', 'exports.handler = async () => 2');
    await expect.poll(() => textOf(run(dev, 'hi')), { timeout: 5_000 }).toBe('2');
  });

  test('that is changed answers with no result that was kept before', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  hi: { urn: "${place}:greet", idempotent: true, cache: { ttl: 1h } }\n`);
    await using dev = await open();
    expect(await textOf(run(dev, 'hi'))).toBe('1');
    expect((await run(dev, 'hi')).headers.get('cache-status')).toMatch(/hit/);
    writeFunction('greet', 'exports.handler = async () => 2');
    await expect.poll(() => textOf(run(dev, 'hi')), { timeout: 5_000 }).toBe('2');
  });
});

test('what is kept of emulated functions never meets what is kept of the real ones: it has keys of its own in Redis', async () => {
  const keyPrefix = `dev-test-${process.pid}:`;
  writeFunction('greet', 'exports.handler = async () => 1');
  writeConfig(
    `  hi: { urn: "${place}:greet", idempotent: true, cache: { ttl: 1h } }\nredis: { url: "${inject('redisUrl')}", keyPrefix: "${keyPrefix}" }\n`,
  );
  await using dev = await open();
  await expect.poll(() => metric(dev, 'runway_dependency_up\\{dependency="redis"\\}')).toBe('1');
  await run(dev, 'hi');
  const operator = new Redis(inject('redisUrl'));
  await expect.poll(() => operator.keys(`${keyPrefix}*result:*`)).toEqual([expect.stringContaining(`${keyPrefix}dev:result:2:hi:`)]);
  operator.disconnect();
});

describe('a folder that is not good', () => {
  test('is refused once, and nothing is taken from a configuration that changed with it', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  old: { urn: "${place}:greet" }\n`);
    await using dev = await open();
    expect(await textOf(run(dev, 'old'))).toBe('1');
    writeFunction('greet', 'exports.handler = async () => 2', 'timeot: 3');
    writeConfig(`  new: { urn: "${place}:greet" }\n`);
    await expect.poll(() => metric(dev, 'runway_config_last_reload_success'), { timeout: 5_000 }).toBe('0');
    expect(lines.filter((line) => line.includes('greet/function.yaml: timeot: is not a key'))).toHaveLength(1);
    expect(lines.join('')).not.toMatch(/stack|reloaded/);
    expect(await textOf(run(dev, 'old'))).toBe('1');
    rmSync(join(folder, 'greet/function.yaml'));
    await expect.poll(() => textOf(run(dev, 'new')), { timeout: 5_000 }).toBe('2');
    expect(await metric(dev, 'runway_config_last_reload_success')).toBe('1');
  });

  test('gives no configuration but what is wrong with it', async () => {
    writeFunction('greet', '', 'timeot: 3');
    const problems = [expect.stringContaining('greet/function.yaml: timeot: is not a key')];
    expect(await generatedConfig(folder)).toEqual({ ok: false, problems });
    await expect(open()).rejects.toThrow(/^the configuration is not good:\n.*greet\/function\.yaml: timeot: is not a key/);
  });

  const tellsCase = !existsSync(import.meta.filename.toUpperCase());
  test.runIf(tellsCase)('by whose names two functions would be one names both', async () => {
    for (const name of ['Hello', 'hello', 'other']) writeFunction(name, '');
    const why = `${folder}: Hello and hello would all be called "hello", allowed is one; a runway.yaml can give them other names`;
    expect(await generatedConfig(folder)).toEqual({ ok: false, problems: [why] });
  });

  test('since it holds no function ends the start, with a configuration too', async () => {
    const what = `${folder}: holds no function, a function is a folder in it`;
    await expect(open()).rejects.toThrow(what);
    writeConfig(`  hi: { urn: "${place}:greet" }\n`);
    await expect(open()).rejects.toThrow(what);
  });
});

test('a folder that is skipped is named once, however often the others change', async () => {
  writeFunction('greet', 'exports.handler = async () => 1');
  mkdirSync(join(folder, 'typed'));
  writeFileSync(join(folder, 'typed/index.ts'), '');
  writeConfig(`  hi: { urn: "${place}:greet" }\n`);
  await using dev = await open();
  expect(await textOf(run(dev, 'hi'))).toBe('1');
  const named = () => lines.filter((line) => line.includes(`${folder}/typed: is no function`));
  expect(named()).toHaveLength(1);
  writeFunction('greet', 'exports.handler = async () => 2');
  await expect.poll(() => textOf(run(dev, 'hi')), { timeout: 5_000 }).toBe('2');
  await expect.poll(() => lines.join(''), { timeout: 5_000 }).toContain('reloaded');
  expect(named()).toHaveLength(1);
});

describe('the configuration', () => {
  test('that is changed is swapped in whole: new names come, old ones go, with their series', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  old: { urn: "${place}:greet" }\n`);
    await using dev = await open();
    expect((await run(dev, 'old')).status).toBe(200);
    writeConfig(`  new: { urn: "${place}:greet" }\n`);
    await expect.poll(async () => (await run(dev, 'new')).status, { timeout: 5_000 }).toBe(200);
    expect((await run(dev, 'old')).status).toBe(404);
    expect(await metric(dev, 'runway_config_generation')).toBe('2');
    expect(await (await fetch(`${dev.adminUrl}/metrics`)).text()).not.toContain('function="old"');
  });

  test('that is changed for the worse is reported with its place, and the last good one stays', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  hi: { urn: "${place}:greet" }\n`);
    await using dev = await open();
    writeConfig(`  hi: { urn: "${place}:greet", retries: 5 }\n`);
    await expect.poll(() => metric(dev, 'runway_config_last_reload_success'), { timeout: 5_000 }).toBe('0');
    expect(lines.join('')).toMatch(/runway\.yaml:5:\d+ functions\.hi\.retries: /);
    expect((await run(dev, 'hi')).status).toBe(200);
  });

  test('that is changed in what only a restart takes up warns of these keys, until they are as they were', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    const functions = `  hi: { urn: "${place}:greet" }\n`;
    const withToken = (token: string, rest: string) =>
      writeFileSync(join(folder, 'runway.yaml'), head.replace('admin: {', `admin: { token: ${token},`) + functions + rest);
    withToken('one', '');
    await using dev = await open();
    const swapped = async (times: string) => {
      await expect.poll(() => metric(dev, 'runway_config_generation'), { timeout: 5_000 }).toBe(times);
      return lines.filter((line) => line.includes('it takes a restart')).map((line) => JSON.parse(line).keys);
    };
    withToken('two', 'cache: { memory: 1mb }\n');
    expect(await swapped('2')).toEqual([['admin', 'cache']]);
    withToken('one', 'redis: { url: redis://127.0.0.1:1 }\n');
    expect(await swapped('3')).toEqual([['admin', 'cache'], ['redis']]);
    withToken('one', '');
    expect(await swapped('4')).toHaveLength(2);
    expect(lines.join('')).not.toContain('two');
  });

  test('does not lose the calls under way when it is swapped', async () => {
    writeFunction('wait', 'exports.handler = async () => new Promise((resolve) => setTimeout(resolve, 1500, "waited"))');
    writeConfig(`  wait: { urn: "${place}:wait" }\n`);
    await using dev = await open();
    const call = run(dev, 'wait');
    writeConfig(`  wait: { urn: "${place}:wait", timeout: 5s }\n`);
    await expect.poll(() => metric(dev, 'runway_config_generation'), { timeout: 5_000 }).toBe('2');
    expect(await textOf(call)).toBe('"waited"');
  });

  test('that names a function the folder has not warns of it', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  hi: { urn: "${place}:greet" }\n  gone: { urn: "${place}:gone" }\n`);
    await using dev = await open();
    expect(lines.join('')).toContain('the folder of functions has no such function');
    const answer = await run(dev, 'gone');
    expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ error_code: 'FSS.1051' })]);
  });

  test('with credentials of either kind is let in by the emulator', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    const credentials = [
      '{ accessKey: AK, secretKey: SK, securityToken: ST }',
      '{ iam: { domain: d, user: u, password: p, project: cn-north-1 } }',
    ];
    for (const kind of credentials) {
      const upstream = `{ local: { region: cn-north-1, projectId: 7aad83af3e8d42e99ac194e8419e2c9b, credentials: ${kind} } }`;
      writeFileSync(
        join(folder, 'runway.yaml'),
        `${head.replace(/upstreams: .*/, `upstreams: ${upstream}`)}  hi: { urn: "${place}:greet" }\n`,
      );
      await using dev = await open();
      expect(await textOf(run(dev, 'hi'))).toBe('1');
    }
  });

  test.each(['v1.0', 'v2', 'v2, response: raw'])('speaks %s', async (version) => {
    writeFunction('greet', 'exports.handler = async (event) => { if (event.fail) throw new TypeError("no"); return { é: [1, "x"] } }');
    const upstream = `{ local: { region: cn-north-1, projectId: 7aad83af3e8d42e99ac194e8419e2c9b, apiVersion: ${version} } }`;
    writeFileSync(
      join(folder, 'runway.yaml'),
      `${head.replace(/upstreams: .*/, `upstreams: ${upstream}`)}  hi: { urn: "${place}:greet" }\n`,
    );
    await using dev = await open();
    const answer = await run(dev, 'hi');
    expect([answer.status, await answer.text()]).toEqual([200, '{"é":[1,"x"]}']);
    expect(JSON.parse(answer.headers.get('x-cff-invoke-summary')!)).toMatchObject({ memorySize: 128, billingDuration: expect.any(Number) });
    const failure = await run(dev, 'hi', { fail: true });
    expect([failure.status === 200 || failure.status === 500, await failure.json()]).toEqual([
      true,
      expect.objectContaining({ errorMessage: 'no', errorType: 'TypeError' }),
    ]);
    expect(failure.headers.get('x-is-func-err')).toBe('true');
  });
});

describe('faults', () => {
  const fault = (spec: string) => {
    const parsed = parseFault(spec);
    if (!parsed.ok) throw new Error(parsed.detail);
    return parsed.fault;
  };

  test('that are throttling are repeated and not seen by callers', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  hi: { urn: "${place}:greet", retry: { attempts: 10, backoff: { base: 1ms, max: 2ms } } }\n`);
    await using dev = await open({ faults: [fault('429=0.3')] });
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await run(dev, 'hi')).status));
    expect(statuses).toEqual(Array(50).fill(200));
  });

  test.each<[string, number, string]>([
    ['garbage', 502, 'upstream_invalid'],
    ['truncate', 502, 'upstream_invalid'],
    ['reset', 502, 'upstream_unreachable'],
    ['reset-after', 502, 'upstream_unreachable'],
  ])('%s is %d %s', async (spec, status, code) => {
    writeFunction('greet', 'exports.handler = async () => "an answer of some length"');
    writeConfig(`  hi: { urn: "${place}:greet" }\n`);
    await using dev = await open({ faults: [fault(spec)] });
    const answer = await run(dev, 'hi');
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
  });

  test('disabled is passed on at once: waiting would not help', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  hi: { urn: "${place}:greet" }\n`);
    await using dev = await open({ faults: [fault('disabled')] });
    const answer = await run(dev, 'hi');
    expect([answer.status, await answer.json()]).toEqual([429, expect.objectContaining({ error_code: 'FSS.0429' })]);
    expect(answer.headers.get('server-timing')).toContain('attempts;desc="1"');
  });

  test('of a function that is not there end the start, saying which there are', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  hi: { urn: "${place}:greet" }\n`);
    await expect(open({ faults: [fault('greet:429=0'), fault('hi:429')] })).rejects.toThrow('its function is "hi", allowed are greet');
  });

  test('latency beyond the time of the call is deadline_exceeded', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  hi: { urn: "${place}:greet", timeout: 300ms }\n`);
    await using dev = await open({ faults: [fault('latency=5s')] });
    const answer = await run(dev, 'hi');
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([504, 'deadline_exceeded']);
  });

  test('a summary that is not JSON is counted and passed on', async () => {
    writeFunction('greet', 'exports.handler = async () => 1');
    writeConfig(`  hi: { urn: "${place}:greet" }\n`);
    await using dev = await open({ faults: [fault('bad-summary')] });
    const answer = await run(dev, 'hi');
    expect(answer.status).toBe(200);
    expect(() => JSON.parse(answer.headers.get('x-cff-invoke-summary')!)).toThrow();
    expect(await metric(dev, 'runway_unreadable_summaries_total\\{function="hi"\\}')).toBe('1');
  });
});

describe('what is printed for people', () => {
  const print = (...served: Dev['served']) =>
    greeting({ url: 'http://127.0.0.1:8080', adminUrl: 'http://127.0.0.1:8081', served }).split('\n');
  const fn = (name: string, description: string, example: unknown = {}) => ({ name, description, example });

  test('of one function speaks of one, and shows one call', () => {
    expect(print(fn('hi', 'Says hi.', { name: "O'Hara" }))).toEqual([
      '',
      '  Runway serves this function on http://127.0.0.1:8080',
      '',
      '    hi  Says hi.',
      '',
      '  Console: http://127.0.0.1:8081/console',
      '  Metrics: http://127.0.0.1:8081/metrics   Health: http://127.0.0.1:8081/readyz?verbose',
      '',
      '  Try it:',
      '',
      `curl -d '{"name":"O'\\''Hara"}' localhost:8080/run/hi`,
      '',
      '',
    ]);
  });

  test('keeps descriptions in one column and to one line, whatever one long name or text does', () => {
    const long = 'a-name-that-is-much-longer-than-those-of-the-others';
    expect(print(fn('hi', 'Says hi.\nIn two lines.'), fn(long, 'Is long.'), fn('bare', '')).slice(3, 6)).toEqual([
      '    hi                        Says hi.',
      `    ${long}  Is long.`,
      '    bare',
    ]);
  });

  test('of no function shows no call', () => {
    const text = print().join('\n');
    expect(text).toContain('Runway serves no function yet on');
    expect(text).not.toMatch(/Try it|curl/);
  });
});

test('npm start is runway dev', () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  expect(scripts.start).toBe('node src/main.ts dev');
});

test('runway dev prints what it serves and three curl lines that work when pasted', async () => {
  const config = join(folder, 'elsewhere.yaml');
  const own = readFileSync(join(exampleFunctionsDir, 'runway.yaml'), 'utf8');
  writeFileSync(config, own.replace('port: 8080', 'port: 0').replace('port: 8081', 'port: 0'));
  await using dev = await serving(['dev', '--functions', exampleFunctionsDir, '-c', config], { readyBy: /^curl .*\n.*\ncurl .*\n/m });
  const { stdout } = dev.output();
  for (const name of ['hello', 'primes', 'image', 'slow', 'flaky']) expect(stdout).toContain(`    ${name}`);
  const curls = stdout.split('\n').filter((line) => line.startsWith('curl '));
  expect(curls).toHaveLength(3);
  const answers = await Promise.all(curls.map(async (line) => JSON.parse((await sh('sh', ['-c', `${line} -sS --fail`])).stdout)));
  expect(answers).toMatchObject([
    { message: 'Hello World' },
    { prime: expect.any(Boolean), factors: expect.any(Array) },
    { width: expect.any(Number), dominantColour: expect.stringMatching(/^#[0-9a-f]{6}$/) },
  ]);
});
