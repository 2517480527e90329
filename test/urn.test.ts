import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatUrn, parseUrn } from '../src/urn.ts';

const project = '7aad83af3e8d42e99ac194e8419e2c9b';
const good = `urn:fss:cn-north-1:${project}:function:default:hello`;

/** The answer for `good` with one field (from 0) put in another's place. */
function withField(index: number, value: string) {
  const fields = `${good}:latest`.split(':');
  fields[index] = value;
  return parseUrn(fields.join(':'));
}

describe('a good URN', () => {
  test('has its parts read', () => {
    const urn = { region: 'cn-north-1', projectId: project, package: 'default', name: 'hello', version: 'v1.2_3-x' };
    expect(parseUrn(`${good}:v1.2_3-x`)).toEqual({ ok: true, urn });
  });

  test('without a version means latest', () => {
    expect(parseUrn(good)).toMatchObject({ ok: true, urn: { version: 'latest' } });
  });

  test('may end in an alias, which keeps its "!"', () => {
    expect(parseUrn(`${good}:!stable`)).toMatchObject({ ok: true, urn: { version: '!stable' } });
  });

  test('comes out of formatUrn in its full form', () => {
    const parsed = parseUrn(good);
    expect(parsed.ok && formatUrn(parsed.urn)).toBe(`${good}:latest`);
  });

  test('is the same after being written and read again', () => {
    const name = fc.stringMatching(/^[A-Za-z](?:[A-Za-z0-9_-]{0,58}[A-Za-z0-9])?$/);
    const version = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/),
      fc.stringMatching(/^![A-Za-z](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/),
    );
    const region = fc.stringMatching(/^[a-z]{2,5}(?:-[a-z0-9]{1,5}){1,3}$/);
    const projectId = fc.stringMatching(/^[A-Za-z0-9]{32}$/);
    fc.assert(
      fc.property(fc.record({ region, projectId, package: name, name, version }), (urn) => {
        expect(parseUrn(formatUrn(urn))).toEqual({ ok: true, urn });
      }),
    );
  });
});

describe('a bad URN says which part is wrong', () => {
  test.each([
    ['prefix', 0, 'URN'],
    ['service', 1, 'fgs'],
    ['region', 2, 'CN_NORTH'],
    ['region', 2, 'cn'],
    ['project', 3, '7aad'],
    ['resource', 4, 'trigger'],
    ['package', 5, ''],
    ['function', 6, '1hello'],
    ['function', 6, 'hello-'],
    ['function', 6, `h${'e'.repeat(60)}`],
    ['version', 7, ''],
    ['version', 7, '!1stable'],
    ['version', 7, '!'],
    ['version', 7, 'v'.repeat(65)],
    ['version', 7, 'v1\n'],
  ])('%s', (part, index, value) => {
    const detail = expect.stringMatching(/^is .*, allowed is /s);
    expect(withField(index, value)).toEqual({ ok: false, part, detail });
    expect((withField(index, value) as { detail: string }).detail).toContain(JSON.stringify(value));
  });

  test.each(['', 'hello', 'default:hello', `${project}:default:hello:latest`, `${good}:latest:more`])(
    'form: %j has the wrong number of fields',
    (text) => {
      const detail = `has ${text.split(':').length} fields, allowed are 7 or 8: urn:fss:REGION:PROJECT:function:PACKAGE:FUNCTION[:VERSION]`;
      expect(parseUrn(text)).toEqual({ ok: false, part: 'form', detail });
    },
  );

  test('and never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof parseUrn(text).ok === 'boolean'));
  });
});
