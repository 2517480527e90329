import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

// A small load, so that there is something to see: node deploy/load.ts --url http://127.0.0.1:8080 --per-second 10
// It goes on until SIGTERM or Ctrl-C, and says once a minute what came back.
const { values } = parseArgs({
  options: { url: { type: 'string', default: 'http://127.0.0.1:8080' }, 'per-second': { type: 'string', default: '10' } },
});
const perSecond = Number(values['per-second']);
if (!(perSecond > 0 && perSecond <= 1_000)) {
  throw new RangeError(`--per-second is ${values['per-second']}, allowed is a number above 0 and up to 1000`);
}

/** The examples of deploy/runway.yaml, which has their hashes. Everybody can read them: they are good for nothing but this. */
const keys = {
  shop: 'rw_shop_0000000000000000000000000003g6MsB',
  reports: 'rw_reports_0000000000000000000000000001VJDT1',
  lab: 'rw_lab_0000000000000000000000000000at9Fl',
};

interface Kind {
  /** How often it comes, beside the others. */
  readonly weight: number;
  readonly key?: string;
  readonly name: string;
  readonly body: () => string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The caller waits no longer. */
  readonly patienceMs?: number;
}

const event = (make: () => unknown) => () => JSON.stringify(make());
/** Few of them often, many seldom: what is asked for often is kept. */
const skewed = (largest: number) => Math.floor(Math.random() ** 4 * largest);
const greeting = event(() => ({ message: `Hello ${skewed(200)}` }));
const factors = event(() => ({ n: 2 + skewed(200_000) }));
const image = 'iVBORw0KGgoAAAANSUhEUgAAABAAAAAJCAIAAAC0SDtlAAAAHUlEQVR4XmP4P9OYJDQyNTDErCcNofMJInQ+IQQARi3eMdAtfMMAAAAASUVORK5CYII=';

const kinds: readonly Kind[] = [
  { weight: 34, key: keys.shop, name: 'hello', body: greeting },
  { weight: 10, name: 'hello', body: greeting },
  { weight: 18, key: keys.shop, name: 'primes', body: factors },
  // About as many as its limit lets through.
  { weight: 16, key: keys.reports, name: 'primes', body: factors },
  { weight: 8, key: keys.lab, name: 'slow', body: event(() => ({ seconds: 0.1 + Math.random() })) },
  { weight: 6, key: keys.lab, name: 'image', body: event(() => ({ image })) },
  // What goes wrong: the function itself, a caller who leaves, one who has no time, and mistakes of callers.
  { weight: 5, key: keys.shop, name: 'flaky', body: event(() => ({ how: 'throw', share: 0.3 })) },
  { weight: 2, key: keys.shop, name: 'hello', body: greeting, headers: { 'cache-control': 'no-cache' } },
  { weight: 1, key: keys.lab, name: 'slow', body: event(() => ({ seconds: 1 })), patienceMs: 300 },
  { weight: 0.1, key: keys.lab, name: 'slow', body: event(() => ({ seconds: 2 })), headers: { prefer: 'wait=1' } },
  { weight: 0.5, key: keys.shop, name: 'no-such-function', body: event(() => ({})) },
  { weight: 0.5, key: keys.shop, name: 'hello', body: () => '{"message":' },
  { weight: 0.3, key: keys.reports, name: 'slow', body: event(() => ({})) },
  { weight: 0.3, key: 'rw_shop_mistyped', name: 'hello', body: greeting },
];
const wholeWeight = kinds.reduce((sum, { weight }) => sum + weight, 0);

function oneOf(all: readonly Kind[]): Kind {
  let rest = Math.random() * wholeWeight;
  for (const kind of all) {
    rest -= kind.weight;
    if (rest < 0) return kind;
  }
  return all[0]!;
}

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

const longestMs = 30_000;
const mostInFlight = 100;
let inFlight = 0;
let answers = new Map<string, number>();

/** Never fails: what came back is counted, or that nothing did. */
async function call({ key, name, body, headers = {}, patienceMs = longestMs }: Kind): Promise<void> {
  inFlight += 1;
  const outcome = await fetch(`${values.url}/run/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }), ...headers },
    body: body(),
    signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(patienceMs)]),
  }).then(
    async (answer) => {
      await answer.body?.cancel();
      return String(answer.status);
    },
    () => 'no answer',
  );
  inFlight -= 1;
  answers.set(outcome, (answers.get(outcome) ?? 0) + 1);
}

const said = setInterval(() => {
  const counts = [...answers].sort().map(([outcome, count]) => `${outcome}: ${count}`);
  console.log(`load: in the last minute ${counts.join(', ')}`);
  answers = new Map();
}, 60_000);

/** It comes and goes in ten minutes, half as much again at its height: a flat line says little. */
const wave = () => 1 + 0.5 * Math.sin((2 * Math.PI * Date.now()) / 600_000);

console.log(`load: about ${perSecond} calls a second to ${values.url}`);
while (!stopping.signal.aborted) {
  if (inFlight < mostInFlight) void call(oneOf(kinds));
  await sleep(1_000 / (perSecond * wave()), undefined, { signal: stopping.signal }).catch(() => undefined);
}
clearInterval(said);
