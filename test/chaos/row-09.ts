import { setTimeout as pass } from 'node:timers/promises';
import { atMost, inMegabytes, type Row } from './row.ts';
import { peakInFlight, perSecond } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller } from './support/load.ts';
import { monotonicMs } from './support/monotonic.ts';
import { peakWhile } from './support/peak.ts';
import { openUpstream } from './support/upstream.ts';

const usual = { kind: 'answer', afterMs: 50 } as const;
const slow = { kind: 'answer', afterMs: 5_000 } as const;
const phaseMs = 10_000;
const places = 50;

/** The upstream becomes a hundred times slower, and then itself again: the gateway must not be what stays broken. */
export const row09: Row = {
  number: 9,
  async measure() {
    await using upstream = await openUpstream();
    await upstream.behave('work', usual);
    await using gateway = await startGateway({
      functions: { work: { at: upstream.endpoint, idempotent: true, timeout: '10s', concurrency: { max: places } } },
    });
    await using caller = new Caller(gateway.url);
    await caller.offer('work', { perSecond: 100, forMs: 3_000 });
    const baseBytes = await gateway.residentBytes();

    const startMs = monotonicMs();
    const { peak, result: samples } = await peakWhile(gateway.residentBytes, async () => {
      const load = caller.offer('work', { perSecond: 100, forMs: 3 * phaseMs });
      await pass(phaseMs);
      await upstream.behave('work', slow);
      await pass(phaseMs);
      await upstream.behave('work', usual);
      return load;
    });
    const { executions } = await upstream.report();

    const succeeded = samples.filter(({ status }) => status === 200).map(({ doneAtMs }) => doneAtMs);
    const goodput = perSecond(succeeded, startMs, startMs + 3 * phaseMs);
    const seconds = phaseMs / 1_000;
    const before = goodput.slice(1, seconds);
    const usualPerSecond = before.reduce((sum, count) => sum + count, 0) / before.length;
    const after = goodput.slice(2 * seconds);
    const stillDown = after.findLastIndex((count) => count < 0.95 * usualPerSecond) + 1;
    return [
      atMost('goodput is back to 95 % after the cause ended, within', 5, stillDown, (value) => `${value} s`),
      atMost('in flight upstream', places, peakInFlight(executions)),
      atMost('memory grows by', 50 * 2 ** 20, peak - baseBytes, inMegabytes),
    ];
  },
};
