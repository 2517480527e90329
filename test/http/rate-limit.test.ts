import { describe, expect, test } from 'vitest';
import { rateLimitFields } from '../../src/http/rate-limit.ts';
import type { LimitState } from '../../src/quota/state.ts';

const state = (more: Partial<LimitState>): LimitState => ({
  name: 'calls',
  unit: 'requests',
  amount: 100,
  mode: 'enforce',
  used: 1,
  remaining: 99,
  resetMs: 59_001,
  windowSeconds: 60,
  shadowed: false,
  ...more,
});

describe('the fields that tell a caller of its limits', () => {
  test('are none where there are no limits', () => {
    expect(rateLimitFields([])).toEqual([]);
  });

  test('name every limit, in whole units, its time rounded up', () => {
    const fields = rateLimitFields([
      state({}),
      state({ name: 'money', unit: 'cost', amount: 0.5, remaining: 0.25, windowSeconds: 86_400 }),
    ]);
    expect(fields).toEqual([
      'ratelimit-policy',
      '"calls";q=100;w=60, "money";q=500000;w=86400;qu="cost-micros"',
      'ratelimit',
      '"calls";r=99;t=60, "money";r=250000;t=60',
    ]);
  });

  test('speak of the limit of this consumer, whatever another one has under the same name', () => {
    const policies = [100, 200, 100].flatMap((amount) => rateLimitFields([state({ amount })])[1]);
    expect(policies).toEqual(['"calls";q=100;w=60', '"calls";q=200;w=60', '"calls";q=100;w=60']);
    expect(rateLimitFields([state({ unit: 'gbSeconds', amount: 100 })])[1]).toBe('"calls";q=100000000;w=60;qu="gb-microseconds"');
    expect(rateLimitFields([state({ windowSeconds: 3_600 })])[1]).toBe('"calls";q=100;w=3600');
  });

  test('quote what a name may hold', () => {
    expect(rateLimitFields([state({ name: 'a "b" \\' })])[3]).toBe('"a \\"b\\" \\\\";r=99;t=60');
  });
});
