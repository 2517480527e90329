import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { Secret, secretIn } from '../../src/config/secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'runway-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));

const problemsOf = (input: unknown) =>
  secretIn(folder)
    .safeParse(input)
    .error?.issues.map((issue) => issue.message);

describe('a secret', () => {
  const secret = new Secret('hunter2');

  test('shows itself when asked', () => {
    expect(secret.reveal()).toBe('hunter2');
  });

  test('does not print', () => {
    const printed = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      inspect({ secret }, { customInspect: false, showHidden: true }),
      format('%s %o %O %j', secret, secret, secret, secret),
      Object.values(secret).join(),
      JSON.stringify(structuredClone({ ...secret })),
    ];
    expect(printed.join('\n')).not.toContain('hunter2');
    expect(printed[0]).toBe('[secret]');
  });
});

describe('a secret in a file', () => {
  test.each([
    ['s3cret', 's3cret'],
    ['s3cret\n', 's3cret'],
    ['s3cret\r\n', 's3cret'],
    ['two\nlines\n\n', 'two\nlines\n'],
  ])('%j is %j', (content, expected) => {
    writeFileSync(join(folder, 'key'), content);
    expect(secretIn(folder).parse('file:key').reveal()).toBe(expected);
    expect(
      secretIn('/elsewhere')
        .parse(`file:${join(folder, 'key')}`)
        .reveal(),
    ).toBe(expected);
  });

  test('that is missing or empty is a problem, which names the file', () => {
    writeFileSync(join(folder, 'empty'), '\n');
    expect(problemsOf('file:none')).toEqual(['cannot be read from the file "none" (ENOENT), allowed is a readable file']);
    expect(problemsOf('file:')).toEqual(['cannot be read from the file "" (EISDIR), allowed is a readable file']);
    expect(problemsOf('file:empty')).toEqual(['is in the file "empty", which is empty; allowed is a file with the secret in it']);
  });
});

test.each([
  [12345, 'is a number'],
  [true, 'is a boolean'],
  [['hunter2'], 'is a list'],
  [{ hunter2: 'hunter2' }, 'is a map'],
  [null, 'is empty'],
  ['', 'is empty'],
  [undefined, 'is missing'],
])('a secret that is %j is a problem, which does not show it', (input, seen) => {
  expect(problemsOf(input)).toEqual([`${seen}, allowed is text in quotes, \${NAME} or file:PATH`]);
});
