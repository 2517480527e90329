import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runway } from '../support/runway.ts';

const folder = mkdtempSync(join(tmpdir(), 'runway-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const keyPattern = /\brw_[A-Za-z0-9][A-Za-z0-9._-]{0,62}_[A-Za-z0-9]{33}\b/g;

describe('key new', () => {
  test('prints the key once, and its hash as it stands in the file', async () => {
    const { code, stdout, stderr } = await runway(['key', 'new', 'billing'], { cwd: folder });
    expect([code, stderr]).toEqual([0, '']);
    const keys = stdout.match(keyPattern) ?? [];
    expect(keys).toHaveLength(1);
    expect(stdout).toContain(`keys: [ "sha256:${sha256(keys[0]!)}" ]`);
  });

  test('gives the same to programs', async () => {
    const { stdout } = await runway(['key', 'new', 'img.resize-2', '--json']);
    const { consumer, key, hash } = JSON.parse(stdout) as Record<string, string>;
    expect([consumer, hash]).toEqual(['img.resize-2', `sha256:${sha256(key!)}`]);
    expect(key).toMatch(/^rw_img\.resize-2_[A-Za-z0-9]{33}$/);
  });

  test('makes another one each time', async () => {
    const made = await Promise.all(['a', 'a', 'a'].map(async (id) => (await runway(['key', 'new', id, '--json'])).stdout));
    expect(new Set(made).size).toBe(3);
  });

  test.each(['billing', '123', 'true', '1e5', 'a.b'])('for %s prints lines that make a good file', async (id) => {
    const { stdout } = await runway(['key', 'new', id]);
    const file = join(folder, `${id}.yaml`);
    const project = '7aad83af3e8d42e99ac194e8419e2c9b';
    const least = `upstreams: { main: { region: cn-north-1, projectId: ${project} } }
functions: { hello: { urn: "urn:fss:cn-north-1:${project}:function:default:hello" } }
`;
    writeFileSync(file, least + stdout.slice(stdout.indexOf('consumers:')));
    expect(await runway(['check', '-c', file])).toMatchObject({ code: 0, stdout: expect.stringContaining(': good, ') });
  });

  test.each([
    [['key'], 'Usage: runway key'],
    [['key', 'old'], "unknown command 'old'"],
    [['key', 'new'], "missing required argument 'consumer'"],
    [['key', 'new', '_unknown'], 'allowed are 1 to 63 letters, digits'],
    [['key', 'new', 'a b'], 'allowed are 1 to 63 letters, digits'],
    [['key', 'new', 'anonymous'], 'anonymous is who calls without a key'],
    [['key', 'new', 'a', 'b'], 'too many arguments'],
    [['key', 'new', 'a', '--expires', '1d'], "unknown option '--expires'"],
  ])('%j is wrong usage: exit 2, and no key', async (args, why) => {
    const { code, stdout, stderr } = await runway(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(why);
  });

  test.each([[['key', '--help']], [['key', 'new', '--help']]])('%j explains itself', async (args) => {
    const { code, stdout } = await runway(args);
    expect([code, stdout.startsWith(`Usage: runway ${args.slice(0, -1).join(' ')}`)]).toEqual([0, true]);
  });
});
