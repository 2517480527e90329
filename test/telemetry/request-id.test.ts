import { expect, test } from 'vitest';
import { continueRequestId } from '../../src/telemetry/request-id.ts';

const fresh = () => 'fresh';

test.each(['a', 'f1e2-3_4', 'Root=1-67891233-abcdef012345678912345678', 'a/b:c+d@e.f~g=', 'x'.repeat(128)])('%s goes on', (header) => {
  expect(continueRequestId(header, fresh)).toBe(header);
});

test.each([undefined, '', ' a', 'a b', 'a, b', 'a\nb', 'a"b', 'a;b', '{a}', 'é', 'x'.repeat(129)])(
  '%s is replaced by a fresh id',
  (header) => {
    expect(continueRequestId(header, fresh)).toBe('fresh');
  },
);

test.each([
  ['an API key', `rw_billing_${'a1'.repeat(16)}b`],
  ['an API key within it', `id:rw_billing_${'a1'.repeat(16)}b`],
  ['a JWT', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJiaWxsaW5nIn0.c2lnbmF0dXJl'],
  ['a URL with a password', 'redis://user:password@host'],
])('%s in its place is replaced by a fresh id', (_what, header) => {
  expect(continueRequestId(header, fresh)).toBe('fresh');
});
