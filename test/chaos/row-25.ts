import { randomUUID } from 'node:crypto';
import { atLeast, type Figure, none, type Row } from './row.ts';
import type { Execution } from './support/behaviour.ts';
import { type ChaosFile, startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { openRedisServer } from './support/redis.ts';
import { openUpstream } from './support/upstream.ts';

const pairs = 1_000;
const cutKeys = 100;
const keysAtOnce = 40;
const restarts = 10;

/** All that came of one `Idempotency-Key`. */
interface Uses {
  /** Two calls at the same moment, each to another gateway. */
  readonly together: readonly Sample[];
  /** Further calls with the same event, after the first is over. */
  readonly later: readonly Sample[];
  /** Calls with another event. */
  readonly mismatched: readonly Sample[];
  /** The same call again, when the gateways that had it are no more. */
  readonly afterwards: Sample;
}

/** A key is used at once, later, for something else, and when the gateways that had it are gone. */
export const row25: Row = {
  number: 25,
  async measure() {
    await using upstream = await openUpstream();
    await upstream.behave('work', { kind: 'numbered', afterMs: 300 });
    await upstream.behave('cut', { kind: 'cut', cutsPer100: 100 });
    await using redis = await openRedisServer();
    // The circuit stays closed: here it could only hide a repeat.
    const settings = { at: upstream.endpoint, idempotent: false, breaker: { minimumRequests: 1_000_000 } };
    // A busy machine must not pass for a Redis that is away.
    const file = { functions: { work: settings, cut: settings }, redis: { url: redis.url, timeout: '1s' } };
    await using one = await startGateway(file);
    await using two = await startGateway(file);
    await using callerOne = new Caller(one.url);
    await using callerTwo = new Caller(two.url);
    const both = [callerOne, callerTwo];

    const keys = newKeys(pairs);
    const used = await inGroups(keys, async (key) => ({
      together: await Promise.all(both.map((caller) => use(caller, 'work', key))),
      later: await Promise.all(both.map((caller) => use(caller, 'work', key))),
      mismatched: await Promise.all(both.map((caller) => use(caller, 'work', key, 'something else'))),
    }));
    const cut = await inGroups(newKeys(cutKeys), async (key) => [
      await use(callerOne, 'cut', key),
      await use(callerTwo, 'cut', key),
      await use(callerOne, 'cut', key),
    ]);
    await Promise.all([one.kill(), two.kill()]);
    const afterwards = await afterRestarts(file, keys);

    const { executions } = await upstream.report();
    const uses = used.map((each, index) => ({ ...each, afterwards: afterwards[index]! }));
    return [...judge(uses, executions), ...judgeCut(cut, executions)];
  },
};

/** Each time the calls come as soon as there is a gateway to take them. */
async function afterRestarts(file: ChaosFile, keys: readonly string[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  const perRestart = keys.length / restarts;
  for (let from = 0; from < keys.length; from += perRestart) {
    await using gateway = await startGateway(file);
    await using caller = new Caller(gateway.url);
    samples.push(...(await inGroups(keys.slice(from, from + perRestart), (key) => use(caller, 'work', key))));
  }
  return samples;
}

/** The event says which key it is of. */
function use(caller: Caller, name: string, key: string, what = 'work'): Promise<Sample> {
  return caller.call(name, { event: JSON.stringify({ key, what }), headers: { 'idempotency-key': key } });
}

function judge(uses: readonly Uses[], executions: readonly Execution[]): Figure[] {
  const beforeRestarts = uses.map(({ together, later, mismatched }) => [...together, ...later, ...mismatched]);
  const counts = executionsOfEach(beforeRestarts, executions);
  const seconds = uses.map(({ together }) => together.filter((sample) => sample !== firstOf(together)));
  const told = seconds.flat().filter(({ status, code }) => status === 409 && code === 'idempotency_in_flight');
  const mismatched = uses.flatMap((each) => each.mismatched);
  const later = uses.flatMap((each) => each.later.map((sample) => isReplay(sample, firstOf(each.together))));
  const afterwards = uses.map((each) => isReplay(each.afterwards, firstOf(each.together)));
  return [
    none('keys used at once over 2 gateways, and later, that did not run once', uses.length, counts.filter((count) => count !== 1).length),
    atLeast('… second calls that were told to wait (409)', 0.95 * uses.length, told.length),
    none('… of these, without Retry-After', told.length, told.filter(({ headers }) => !headers['retry-after']).length),
    none('repeats that are not the first answer to the byte', later.length, later.filter((right) => !right).length),
    none(
      'calls with another event that are not refused (422)',
      mismatched.length,
      mismatched.filter((sample) => !isMismatch(sample)).length,
    ),
    none(
      `repeats after a restart, one of ${restarts}, that are not the first answer`,
      afterwards.length,
      afterwards.filter((right) => !right).length,
    ),
  ];
}

/** Nobody knows whether a call ran that was cut after it was sent: what it came to stands. */
function judgeCut(cut: readonly Sample[][], executions: readonly Execution[]): Figure[] {
  const counts = executionsOfEach(cut, executions);
  const repeats = cut.flatMap(([first, ...others]) => others.map((sample) => sample.status === 502 && isReplay(sample, first)));
  return [
    none('keys of calls that were cut that did not run once', cut.length, counts.filter((count) => count !== 1).length),
    none('… repeats that are not the same 502 to the byte', repeats.length, repeats.filter((right) => !right).length),
  ];
}

/** Of two calls at once the one that ran. */
function firstOf(together: readonly Sample[]): Sample | undefined {
  return together.find(({ status, headers }) => status === 200 && headers['idempotency-replayed'] === undefined);
}

function isReplay({ status, headers, body }: Sample, first: Sample | undefined): boolean {
  const described = ['content-type', 'content-encoding', 'content-language'];
  return (
    first !== undefined &&
    status === first.status &&
    headers['idempotency-replayed'] === 'true' &&
    described.every((name) => headers[name] === first.headers[name]) &&
    body.equals(first.body)
  );
}

function isMismatch({ status, code }: Sample): boolean {
  return status === 422 && code === 'idempotency_mismatch';
}

/** How often the calls of each group ran, by the upstream's own record. */
function executionsOfEach(groups: readonly (readonly Sample[])[], executions: readonly Execution[]): number[] {
  const ran = Map.groupBy(executions, ({ requestId }) => requestId);
  return groups.map((samples) => samples.reduce((sum, { requestId }) => sum + (ran.get(requestId)?.length ?? 0), 0));
}

function newKeys(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID());
}

async function inGroups<Result>(keys: readonly string[], work: (key: string) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < keys.length; from += keysAtOnce) {
    results.push(...(await Promise.all(keys.slice(from, from + keysAtOnce).map(work))));
  }
  return results;
}
