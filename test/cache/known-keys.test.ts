import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resultKey } from '../../src/cache/key.ts';
import { KnownKeys } from '../../src/cache/known-keys.ts';
import { systemClock } from '../../src/clock.ts';
import { cachePolicyOf } from '../support/calls.ts';
import { callOf } from './call.ts';

/** Few of each, so that the same calls come again, and calls that differ in one thing alone. */
const asked = fc.record({
  event: fc.constantFrom(
    '{}',
    ' {}',
    '{"a":1}',
    '{"a":1.0}',
    '{"a":2}',
    '{"a":1,"a":1}',
    '"é"',
    '"\\u00e9"',
    `"${'x'.repeat(2_000)}"`,
    'no JSON',
  ),
  consumer: fc.constantFrom('billing', 'shop'),
  generation: fc.constantFrom('', '1'),
  scope: fc.constantFrom('consumer' as const, 'shared' as const),
  vary: fc.constantFrom([], ['a'], ['b']),
  varied: fc.constantFrom('x', 'y', ''),
  urn: fc.constantFrom('urn:fss:a:b:function:default:f:latest', 'urn:fss:a:b:function:default:g:latest'),
  idempotent: fc.boolean(),
  kept: fc.boolean(),
  wantsLog: fc.boolean(),
});

test('a key that is known is the key that would be made, whatever was asked before', () => {
  fc.assert(
    fc.property(fc.array(asked, { minLength: 2, maxLength: 60 }), (calls) => {
      const keys = new KnownKeys(systemClock);
      for (const { event, consumer, generation, scope, vary, varied, urn, idempotent, kept, wantsLog } of calls) {
        const cache = kept ? cachePolicyOf({ scope, vary }) : undefined;
        const call = callOf(event, { consumer, wantsLog, varied: vary.map(() => varied), target: { urn, idempotent, cache } });
        expect(keys.of(call, generation)).toBe(resultKey(call, generation));
      }
    }),
    { numRuns: 300 },
  );
});
