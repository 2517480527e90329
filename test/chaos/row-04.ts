import { setTimeout as pass } from 'node:timers/promises';
import { atLeast, atMost, inMegabytes, inMs, none, type Row } from './row.ts';
import { openDroppingPort } from './support/dropping-port.ts';
import { failures } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller } from './support/load.ts';
import { monotonicMs } from './support/monotonic.ts';
import { openUpstream } from './support/upstream.ts';

const minuteMs = 60_000;
const warmUpMs = 6_000;
/** Long enough for the garbage of it to be collected. */
const lookMs = 10_000;

/** Redis is not there for a minute and more: its port takes every connection and drops it, so that each attempt is seen. */
export const row04: Row = {
  number: 4,
  async measure() {
    await using upstream = await openUpstream();
    await using port = await openDroppingPort();
    const startMs = monotonicMs();
    await using gateway = await startGateway({
      functions: { kept: { at: upstream.endpoint, idempotent: true, cache: { ttl: '1s' } } },
      redis: { url: `redis://127.0.0.1:${port.port}` },
    });
    await using caller = new Caller(gateway.url);
    // The same results again and again: they are not what would grow.
    const event = (number: number) => String(number % 100);
    const calls = caller.offer('kept', { perSecond: 100, forMs: warmUpMs + minuteMs, event });
    await pass(warmUpMs);
    const baseBytes = await lowest(gateway.usedBytes, lookMs);
    await pass(minuteMs - 2 * lookMs);
    const endBytes = await lowest(gateway.usedBytes, lookMs);
    const samples = await calls;

    const attempts = port.takenAtMs.filter((atMs) => atMs < startMs + minuteMs);
    // The first waits grow, after that nothing but chance tells one from another.
    const waitsMs = port.takenAtMs.slice(4).map((atMs, index) => atMs - port.takenAtMs[index + 3]!);
    return [
      none('calls that fail while Redis is not there', samples.length, failures(samples)),
      atMost('attempts to connect in a minute', 20, attempts.length),
      // Connected again within 5 s of the end of the outage, whenever that is.
      atMost('… longest wait for the next one', 5_000, Math.max(...waitsMs), inMs),
      atLeast('… jittered: longest wait − shortest', 200, Math.max(...waitsMs) - Math.min(...waitsMs), inMs),
      atMost('memory grows by', 20 * 2 ** 20, endBytes - baseBytes, inMegabytes),
    ];
  },
};

async function lowest(gauge: () => Promise<number>, forMs: number): Promise<number> {
  const untilMs = monotonicMs() + forMs;
  let least = await gauge();
  while (monotonicMs() < untilMs) {
    await pass(100);
    least = Math.min(least, await gauge());
  }
  return least;
}
