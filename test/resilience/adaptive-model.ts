import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AdaptiveLimit } from '../../src/resilience/adaptive.ts';

/** The limit agrees with additive increase and multiplicative decrease, written down plainly. */
export function adaptiveLimitAgreesWithItsModel(numRuns: number): void {
  const command = fc.oneof(
    fc.record({ kind: fc.constant('succeed' as const), inFlight: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('throttle' as const), startedCutsAgo: fc.nat({ max: 2 }) }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 300 }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.array(command, { maxLength: 60, size: 'max' }), (max, commands) => {
      let nowMs = 0;
      const adaptive = new AdaptiveLimit({ nowMs: () => nowMs, epochMs: () => nowMs, sleep: () => Promise.resolve() }, max);
      let limit = max;
      const cutsAtMs: number[] = [];
      let allowance = 1;
      for (const step of commands) {
        if (step.kind === 'pass') {
          nowMs += step.ms;
          allowance = Math.min(1, allowance + step.ms / 200);
        }
        if (step.kind === 'throttle') {
          const soon = cutsAtMs.some((atMs) => atMs > nowMs - 100);
          const oldNews = step.startedCutsAgo > 0;
          adaptive.throttled(cutsAtMs.length - step.startedCutsAgo);
          if (!soon && !oldNews) {
            limit = Math.max(1, limit * 0.8);
            cutsAtMs.push(nowMs);
          }
        }
        if (step.kind === 'succeed') {
          const used = step.inFlight >= adaptive.limit;
          adaptive.succeeded(step.inFlight);
          if (used && limit < max) {
            const increase = Math.min(1 / limit, allowance);
            allowance -= increase;
            limit = Math.min(max, limit + increase);
          }
        }
        // The model adds up in another order: at the edge of a whole number they may differ by a hair.
        assert.ok(
          [limit - 1e-9, limit + 1e-9].some((near) => adaptive.limit === Math.floor(near)),
          `${adaptive.limit} for ${limit}`,
        );
        assert.equal(adaptive.cuts, cutsAtMs.length);
        assert.ok(adaptive.limit >= 1 && adaptive.limit <= max);
      }
    }),
    { numRuns },
  );
}
