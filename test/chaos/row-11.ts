import { atLeast, atMost, inMs, inTimes, none, type Row } from './row.ts';
import { consumerWith } from './support/consumers.ts';
import { failures, latencies, percentile } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller } from './support/load.ts';
import { openUpstream } from './support/upstream.ts';

const limitPerSecond = 50;
/** 5 % of what the loud one offers. */
const quiet = { perSecond: 25, forMs: 20_000 };

/** One consumer at ten times its limit costs another one nothing; without a limit, the places are shared between them. */
export const row11: Row = {
  number: 11,
  async measure() {
    await using upstream = await openUpstream();
    await upstream.behave('work', { kind: 'answer', afterMs: 50 });
    const loud = consumerWith('loud', { limits: [{ name: 'pace', requests: limitPerSecond, per: '1s' }] });
    const greedy = consumerWith('greedy');
    const calm = consumerWith('calm');
    await using gateway = await startGateway({
      // Places for 400 calls a second: the greedy one wants more than all of them.
      functions: { work: { at: upstream.endpoint, concurrency: { max: 20, queue: 100, queueTimeout: '1s', adaptive: false } } },
      consumers: { loud: loud.section, greedy: greedy.section, calm: calm.section },
    });
    await using calmCaller = new Caller(gateway.url);
    await using loudCaller = new Caller(gateway.url);
    const offerCalm = () => calmCaller.offer('work', { ...quiet, headers: calm.headers });
    await calmCaller.offer('work', { perSecond: 25, forMs: 3_000, headers: calm.headers });

    const alone = await offerCalm();
    const [besideLoud, loudSamples] = await Promise.all([
      offerCalm(),
      loudCaller.offer('work', { perSecond: 10 * limitPerSecond, forMs: quiet.forMs, headers: loud.headers }),
    ]);
    const [besideGreedy, greedySamples] = await Promise.all([
      offerCalm(),
      loudCaller.offer('work', { perSecond: 500, forMs: quiet.forMs, headers: greedy.headers }),
    ]);
    const p99 = (samples: typeof alone) => percentile(latencies(samples), 0.99);
    const refused = loudSamples.filter(({ code }) => code === 'rate_limited').length;
    const displaced = greedySamples.filter(({ code }) => code === 'overloaded').length;
    return [
      none('beside a consumer at 10 × its limit: the quiet one fails', besideLoud.length, failures(besideLoud)),
      atMost(`… its p99 against alone (${inMs(p99(alone))})`, 1.5, p99(besideLoud) / p99(alone), inTimes),
      atLeast('… calls of the loud one that its limit refused', 0.85 * loudSamples.length, refused),
      none('beside a consumer that wants more than all places: the quiet one fails', besideGreedy.length, failures(besideGreedy)),
      // A place is not taken from a call that runs: the wait for one is up to what a call takes.
      atMost('… its p99 against alone, and one call more', p99(alone) + 50 + 25, p99(besideGreedy), inMs),
      atLeast('… calls of the greedy one that found no place', 1, displaced),
    ];
  },
};
