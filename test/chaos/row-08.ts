import { atLeast, atMost, inPercent, inTimes, type Row } from './row.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller } from './support/load.ts';
import { openUpstream } from './support/upstream.ts';

/** One call in ten fails at random: repeats hide it, and the circuit has no reason to open. */
export const row08: Row = {
  number: 8,
  async measure() {
    await using upstream = await openUpstream();
    await upstream.behave('work', { kind: 'answer', afterMs: 20, failuresPer100: 10 });
    await using gateway = await startGateway({ functions: { work: { at: upstream.endpoint, idempotent: true } } });
    await using caller = new Caller(gateway.url);

    const samples = await caller.offer('work', { perSecond: 300, forMs: 10_000 });
    const { executions } = await upstream.report();
    const succeeded = samples.filter(({ status }) => status === 200).length;
    const opened = await gateway.metric('runway_breaker_transitions_total', { to: 'open' });
    return [
      atLeast('calls that succeed', 0.989, succeeded / samples.length, inPercent),
      atMost('upstream calls ÷ calls', 1.12, executions.length / samples.length, inTimes),
      atMost('times the circuit opened', 0, opened),
    ];
  },
};
