import { setTimeout as pass } from 'node:timers/promises';
import { atLeast, none, type Row } from './row.ts';
import { duplicates } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { openUpstream } from './support/upstream.ts';

const idleMs = 40;
const atOnce = 40;
const rounds = 125;

/** The upstream closes idle connections by its own clock, and calls are spaced around it: some leave just as it does. */
export const row12: Row = {
  number: 12,
  async measure() {
    await using upstream = await openUpstream({ idleMs });
    const settings = { at: upstream.endpoint, breaker: { minimumRequests: 1_000_000 } };
    await using gateway = await startGateway({
      functions: { repeatable: { ...settings, idempotent: true }, once: { ...settings, idempotent: false } },
    });
    await using caller = new Caller(gateway.url);

    const repeatable = await callAroundTheClose(caller, 'repeatable');
    const once = await callAroundTheClose(caller, 'once');
    const { executions } = await upstream.report();
    const failed = repeatable.filter(({ status }) => status !== 200).length;
    const raced = once.filter(({ status }) => status !== 200).length;
    const ranOnce = executions.filter(({ name }) => name === 'once');
    return [
      none('calls that fail where a repeat is safe', repeatable.length, failed),
      none('calls that run twice where it is not', once.length, duplicates(ranOnce)),
      // Else the gateway met no close at all, and nothing was shown.
      atLeast('… of these, calls that met a closing connection', 1, raced),
      atLeast('calls over a connection that was idle before', 1_000, executions.filter(({ reused }) => reused).length),
    ];
  },
};

/** All connections are used at once, and then rest for as long as the upstream lets them, give or take some milliseconds. */
async function callAroundTheClose(caller: Caller, name: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    samples.push(...(await Promise.all(Array.from({ length: atOnce }, () => caller.call(name)))));
    await pass(idleMs - 20 + (round % 25));
  }
  return samples;
}
