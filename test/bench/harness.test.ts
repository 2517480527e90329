import { describe, expect, test } from 'vitest';
import { goals } from './goals.ts';
import { jsonOfKb } from './load/json-of-kb.ts';
import { readWrk } from './load/wrk.ts';
import { planOf } from './plan.ts';
import { runwayConfig } from './programs/runway-config.ts';
import { median, pairedDifference, pairedRatio, percentile, spread } from './statistics.ts';
import { sectionTable } from './table.ts';

describe('the benchmark beside the peers', () => {
  test('compares within each round, so that a slow one falls on both', () => {
    expect(pairedRatio([10, 5, undefined, 10], [20, 10, 20, undefined])).toBe(0.5);
    expect(pairedRatio([undefined], [1])).toBeUndefined();
    expect(pairedDifference([3, 9, undefined, 4], [1, 6, 1, 3])).toBe(2);
    expect(spread([9, 10, 11])).toBeCloseTo(0.2);
  });

  test('one slow run does not move the median', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([1, 2, 3, 1_000_000])).toBe(2.5);
  });

  test('a percentile is a value that was measured: the smallest that so many do not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0.5, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 99, 100]);
    expect([0, 0.5, 0.99].map((share) => percentile([7], share))).toEqual([7, 7, 7]);
  });

  test('a run with any error does not count, and says why', () => {
    const line = (errors: string) => `RESULT {"requests":100,"durationUs":2000000,"p50Us":500,"p99Us":1500,${errors}}\n`;
    const good = '"connectErrors":0,"readErrors":0,"writeErrors":0,"timeouts":0,"statusErrors":0';
    expect(readWrk(line(good))).toEqual({ callsPerSecond: 50, p50Ms: 0.5, p99Ms: 1.5, fault: undefined });
    expect(readWrk(line(good.replace('"statusErrors":0', '"statusErrors":3'))).fault).toBe('3 statusErrors');
    expect(() => readWrk('unable to connect')).toThrow('wrk told no result');
  });

  test('an argument that is not good is refused with what is allowed', () => {
    expect(planOf(['--only', 'kept,calls'])?.sections).toEqual(['calls', 'kept']);
    expect(planOf(['--only', 'redis,latency'])?.sections).toEqual(['latency', 'redis']);
    expect(() => planOf(['--only', 'speed'])).toThrow('--only has "speed", allowed are calls,');
    expect(() => planOf(['--rounds', '0'])).toThrow('--rounds is "0", allowed is a whole number from 1 to 100');
  });

  test('the table names a program that is missing, what was reached, and what was thrown away', () => {
    const text = sectionTable({
      title: 'calls',
      comparison: 'Runway ÷ this program',
      comparedUnit: '×',
      rows: [
        {
          name: 'bare',
          unit: 'calls/s',
          runs: [20_000, 20_000],
          compared: 0.7,
          goal: goals.calls.bare,
          discarded: [{ round: 1, why: '3 timeouts' }],
        },
        { name: 'nginx-lua', unit: 'calls/s', runs: [], missing: 'nginx is not installed' },
      ],
      notes: [],
    });
    expect(text).toMatch(/bare +20,000 calls\/s +0 % +0\.70 × +≥ 0\.62 × ✓ reached +≥ 0\.75 × ✗ missed/);
    expect(text).toContain('missing: nginx is not installed');
    expect(text).toContain('thrown away: bare, round 2: 3 timeouts');
  });

  test('what is to be at most so many milliseconds is compared with as many digits as it takes', () => {
    const row = { name: 'runway, p99', unit: 'ms' as const, runs: [0.8], compared: 0.7504, goal: goals.latency.p99 };
    const text = sectionTable({ title: 'latency', comparison: 'added', comparedUnit: 'ms', rows: [row], notes: [] });
    expect(text).toMatch(/runway, p99 +0\.800 ms +0 % +0\.750 ms +≤ 1 ms ✓ reached +≤ 0\.5 ms ✗ missed/);
  });

  test('large events are JSON of exactly the size', () => {
    for (const kb of [1, 64, 1_024]) {
      expect(jsonOfKb(kb)).toHaveLength(kb * 1_024);
      expect(() => JSON.parse(jsonOfKb(kb).toString())).not.toThrow();
    }
  });

  test('every consumer of the configuration has a key of its own, and limits', () => {
    const made = runwayConfig({ port: 1, adminPort: 2, upstreamUrl: 'http://127.0.0.1:3', functions: 3, consumers: 2 });
    expect(made.functions).toEqual(['function-0', 'function-1', 'function-2']);
    expect(new Set(made.keys).size).toBe(2);
    expect(made.yaml).toContain('name: work');
  });

  test('with a Redis, results are kept there and memory has place for next to none', () => {
    const made = runwayConfig({ port: 1, adminPort: 2, upstreamUrl: 'http://127.0.0.1:3', redisUrl: 'redis://127.0.0.1:4' });
    expect(made.yaml).toContain('url: redis://127.0.0.1:4');
    expect(made.yaml).toContain('memory: 1kb');
  });
});
