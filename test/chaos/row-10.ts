import { atLeast, atMost, type Figure, inMs, inPercent, none, type Row } from './row.ts';
import { latencies, percentile } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { openUpstream } from './support/upstream.ts';

const places = 8;
const afterMs = 100;
/** What the upstream can do at most. */
const capacityPerSecond = (places * 1_000) / afterMs;
const queueTimeoutMs = 200;
const phaseMs = 8_000;

/** More calls than there are places, with the limit known from the file and with one that has to be learnt from 429s. */
export const row10: Row = {
  number: 10,
  async measure() {
    await using upstream = await openUpstream();
    const at = upstream.endpoint;
    const queue = { queue: places, queueTimeout: `${queueTimeoutMs}ms` };
    await using gateway = await startGateway({
      functions: {
        told: { at, idempotent: true, concurrency: { ...queue, max: places, adaptive: false } },
        learnt: { at, idempotent: true, concurrency: { ...queue, max: 5 * places, adaptive: true } },
      },
    });
    const figures: Figure[] = [];
    for (const name of ['told', 'learnt']) {
      await upstream.behave(name, { kind: 'limited', places, afterMs });
      await using caller = new Caller(gateway.url);
      const peak = await caller.drive(name, { callers: places, forMs: 5_000 });
      const peakGoodput = peak.filter(({ status }) => status === 200).length / 5;
      for (const { times, share } of [
        { times: 2, share: 0.9 },
        { times: 10, share: 0.75 },
      ]) {
        const load = { perSecond: times * capacityPerSecond, forMs: phaseMs };
        // A name nobody knows is the cheapest refusal there is: what it takes is the machine's own noise.
        const [samples, control] = await Promise.all([caller.offer(name, load), caller.offer('nobody', { perSecond: 50, forMs: phaseMs })]);
        const goodput = (samples.filter(({ status }) => status === 200).length * 1_000) / phaseMs;
        const refused = samples.filter(({ code }) => code === 'overloaded');
        const [atOnce, queued] = [refused.filter((sample) => !waited(sample)), refused.filter(waited)];
        const limitMs = percentile(latencies(control), 0.99) + 20;
        figures.push(
          atLeast(`limit ${name}, ${times} × the load: goodput ÷ peak`, share, goodput / peakGoodput, inPercent),
          none('… refusals without Retry-After', refused.length, refused.filter(({ headers }) => !headers['retry-after']).length),
          atMost('… refusals at once, p99 (control + 20 ms)', limitMs, percentile(latencies(atOnce), 0.99), inMs),
          atMost('… refusals from the queue, past its 200 ms', limitMs, percentile(latencies(queued), 0.99) - queueTimeoutMs, inMs),
        );
      }
    }
    return figures;
  },
};

function waited({ headers }: Sample): boolean {
  return Number(/queue;dur=([\d.]+)/.exec(String(headers['server-timing']))?.[1] ?? 0) > 1;
}
