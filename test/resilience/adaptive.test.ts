import { describe, expect, test } from 'vitest';
import { AdaptiveLimit } from '../../src/resilience/adaptive.ts';
import { FakeClock } from '../support/clock.ts';
import { adaptiveLimitAgreesWithItsModel } from './adaptive-model.ts';

/**
 * An upstream with this many places, asked for as much as the limit allows for a minute after ten seconds in which the limit is found;
 * a call takes `serviceMs`, a 429 takes 5 ms.
 */
async function saturate({ places, serviceMs, max }: { places: number; serviceMs: number; max: number }) {
  const clock = new FakeClock();
  const adaptive = new AdaptiveLimit(clock, max);
  const inFlight: { endsAtMs: number; taken: boolean; cuts: number }[] = [];
  const seen = { taken: 0, throttled: 0 };
  const fill = () => {
    while (inFlight.length < adaptive.limit) {
      const taken = inFlight.filter((call) => call.taken).length < places;
      inFlight.push({ endsAtMs: clock.nowMs() + (taken ? serviceMs : 5), taken, cuts: adaptive.cuts });
    }
  };
  fill();
  while (clock.nowMs() < 70_000) {
    await clock.advance(5);
    for (const call of inFlight.filter(({ endsAtMs }) => endsAtMs <= clock.nowMs())) {
      if (call.taken) adaptive.succeeded(inFlight.length);
      else adaptive.throttled(call.cuts);
      if (clock.nowMs() > 10_000) seen[call.taken ? 'taken' : 'throttled'] += 1;
      inFlight.splice(inFlight.indexOf(call), 1);
      fill();
    }
  }
  return { ...seen, possible: (60_000 / serviceMs) * places };
}

describe('a limit that adapts', () => {
  test('starts at what is configured', () => {
    expect(new AdaptiveLimit(new FakeClock(), 50).limit).toBe(50);
  });

  test('is cut by a fifth when FunctionGraph throttles', () => {
    const adaptive = new AdaptiveLimit(new FakeClock(), 50);
    adaptive.throttled(0);
    expect(adaptive.limit).toBe(40);
  });

  test('is cut once by a burst, however long its answers take to come', async () => {
    const clock = new FakeClock();
    const adaptive = new AdaptiveLimit(clock, 50);
    for (let i = 0; i < 50; i++) adaptive.throttled(0);
    await clock.advance(1_000);
    adaptive.throttled(0);
    expect(adaptive.limit).toBe(40);
    adaptive.throttled(adaptive.cuts);
    expect(adaptive.limit).toBe(32);
  });

  test('is cut at most ten times a second', async () => {
    const clock = new FakeClock();
    const adaptive = new AdaptiveLimit(clock, 100);
    for (let ms = 0; ms < 1_000; ms += 5) {
      adaptive.throttled(adaptive.cuts);
      await clock.advance(5);
    }
    expect(adaptive.cuts).toBe(10);
  });

  test('never goes below one', async () => {
    const clock = new FakeClock();
    const adaptive = new AdaptiveLimit(clock, 3);
    for (let i = 0; i < 20; i++) {
      adaptive.throttled(adaptive.cuts);
      await clock.advance(100);
    }
    expect(adaptive.limit).toBe(1);
  });

  test('grows by one for as many successes as it is high, and not above what is configured', async () => {
    const clock = new FakeClock();
    const adaptive = new AdaptiveLimit(clock, 5);
    adaptive.throttled(0);
    expect(adaptive.limit).toBe(4);
    for (let i = 0; i < 5; i++) {
      await clock.advance(1_000);
      adaptive.succeeded(4);
    }
    expect(adaptive.limit).toBe(5);
    for (let i = 0; i < 50; i++) {
      await clock.advance(1_000);
      adaptive.succeeded(5);
    }
    expect(adaptive.limit).toBe(5);
  });

  test('grows by five a second at most, however fast the successes come', async () => {
    const clock = new FakeClock();
    const adaptive = new AdaptiveLimit(clock, 100);
    adaptive.throttled(0);
    for (let ms = 0; ms < 1_000; ms++) {
      await clock.advance(1);
      for (let i = 0; i < 10; i++) adaptive.succeeded(100);
    }
    expect(adaptive.limit).toBe(85);
  });

  test('does not grow while it is not used', async () => {
    const clock = new FakeClock();
    const adaptive = new AdaptiveLimit(clock, 50);
    adaptive.throttled(0);
    for (let i = 0; i < 1_000; i++) {
      await clock.advance(100);
      adaptive.succeeded(39);
    }
    expect(adaptive.limit).toBe(40);
  });

  test.each([
    { places: 5, serviceMs: 50, max: 50 },
    { places: 20, serviceMs: 50, max: 50 },
    { places: 20, serviceMs: 1_000, max: 100 },
  ])('finds the $places places of an upstream whose calls take $serviceMs ms: nine tenths in use, few throttled', async (upstream) => {
    const { taken, throttled, possible } = await saturate(upstream);

    expect(taken / possible).toBeGreaterThan(0.9);
    expect(throttled / taken).toBeLessThan(0.1);
  });

  test('agrees with a plain model over any commands', () => adaptiveLimitAgreesWithItsModel(1_000));
});
