import { expect, test } from 'vitest';
import { expiriesOf } from '../src/expiries.ts';

const key = (consumer: string, expiresAtMs: number | undefined) => ({ consumer, hash: `${consumer}-${expiresAtMs}`, expiresAtMs });

test('of each consumer the first key to end that is still good, and of each upstream its token', () => {
  const keys = [key('billing', 300), key('billing', 200), key('billing', 50), key('web', undefined), key('gone', 100)];
  expect(expiriesOf(keys, new Map([['main', 900]]), 100)).toEqual([
    { kind: 'api_key', holder: 'billing', atEpochMs: 200 },
    { kind: 'iam_token', holder: 'main', atEpochMs: 900 },
  ]);
});
