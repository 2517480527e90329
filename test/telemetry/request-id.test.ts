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
