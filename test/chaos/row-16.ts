import { setTimeout as pass } from 'node:timers/promises';
import type { Figure, Row } from './row.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { monotonicMs } from './support/monotonic.ts';
import { openUpstream } from './support/upstream.ts';

/** Each age is looked at in the middle of its window, 1.5 s from its ends at least, a `ttl` that is 10 % shorter included. */
const cache = { ttl: '4s', staleWhileRevalidate: '4s', staleIfError: '8s' };
const ages = { fresh: 1_800, 'while-revalidate': 5_800, 'if-error': 9_800, 'too-old': 13_800 };
const states = ['healthy', 'erroring', 'down', 'slow'] as const;
type Age = keyof typeof ages;
type State = (typeof states)[number];

/** What a caller sees of a result of that age while the function is in that state. */
interface Seen {
  readonly said: string;
  readonly status: number;
  readonly body: RegExp;
  /** Undefined: the answer has none, since it is the gateway's own problem. */
  readonly cacheStatus: RegExp | undefined;
  /** It says how old it is. */
  readonly aged: boolean;
  /** How often the function is asked for it, in the background too. */
  readonly asked: number;
}

const kept = { status: 200, body: /^\{"execution":1\}$/, aged: true };
const computed = { status: 200, body: /^\{"execution":2\}$/, aged: false, asked: 1 };
const failed = { aged: false, asked: 1 };
const fresh: Seen = { ...kept, said: 'a hit', cacheStatus: /^runway; hit; ttl=[0-2]$/, asked: 0 };
const revalidate: Seen = {
  ...kept,
  said: 'the old one at once, asked behind it',
  cacheStatus: /^runway; hit; ttl=-[2-4]; detail=stale-while-revalidate$/,
  asked: 1,
};
const standsIn: Seen = {
  ...kept,
  said: 'asked, then the old one',
  cacheStatus: /^runway; fwd=stale; detail=stale-if-error; ttl=-[6-8]$/,
  asked: 1,
};

const matrix: Readonly<Record<Age, Readonly<Record<State, Seen>>>> = {
  fresh: { healthy: fresh, erroring: fresh, down: fresh, slow: fresh },
  'while-revalidate': { healthy: revalidate, erroring: revalidate, down: revalidate, slow: revalidate },
  'if-error': {
    healthy: { ...computed, said: 'a new one, kept', cacheStatus: /^runway; fwd=stale; stored$/ },
    erroring: standsIn,
    down: standsIn,
    slow: standsIn,
  },
  'too-old': {
    healthy: { ...computed, said: 'a new one, kept', cacheStatus: /^runway; fwd=uri-miss; stored$/ },
    erroring: { ...failed, said: 'its error', status: 500, body: /FSS\.0500/, cacheStatus: /^runway; fwd=uri-miss$/ },
    down: { ...failed, said: 'unreachable', status: 502, body: /upstream_unreachable/, cacheStatus: undefined },
    slow: { ...failed, said: 'too late', status: 504, body: /deadline_exceeded/, cacheStatus: undefined },
  },
};

const cells = (Object.keys(ages) as Age[]).flatMap((age) => states.map((state) => ({ age, state, name: `${age}-${state}` })));

/** Sixteen functions, each with a result that is kept; then they fall into their states, and each is called once more, in its time. */
export const row16: Row = {
  number: 16,
  async measure() {
    await using upstream = await openUpstream();
    await using goingDown = await openUpstream();
    const settings = { idempotent: true, cache, timeout: '1s', retry: { attempts: 1 } };
    const at = (state: State) => (state === 'down' ? goingDown : upstream).endpoint;
    await using gateway = await startGateway({
      functions: Object.fromEntries(cells.map(({ name, state }) => [name, { ...settings, at: at(state) }])),
    });
    await using caller = new Caller(gateway.url);

    for (const { name, state } of cells) await (state === 'down' ? goingDown : upstream).behave(name, { kind: 'numbered', afterMs: 0 });
    const startMs = monotonicMs();
    await Promise.all(cells.map(({ name }) => caller.call(name)));
    await goingDown[Symbol.asyncDispose]();
    for (const { name, state } of cells) {
      if (state === 'erroring') await upstream.behave(name, { kind: 'answer', afterMs: 0, failuresPer100: 100 });
      if (state === 'slow') await upstream.behave(name, { kind: 'mute' });
    }
    const later = cells.map(async ({ age, name }) => {
      await pass(startMs + ages[age] - monotonicMs());
      return caller.call(name);
    });
    const samples = await Promise.all(later);
    const { executions } = await upstream.report();
    const figures: Figure[] = [];
    for (const [index, { age, state, name }] of cells.entries()) {
      // Of one that is down the upstream has no record.
      const attempts = await gateway.metric('runway_upstream_attempts_total', { function: name });
      const asked = state === 'down' ? attempts : executions.filter((execution) => execution.name === name).length;
      figures.push(judge(`${age}, ${state}`, matrix[age][state], samples[index]!, asked - 1));
    }
    return figures;
  },
};

function judge(cell: string, wanted: Seen, { status, body, headers }: Sample, asked: number): Figure {
  const { 'cache-status': cacheStatus, age } = headers;
  const text = body.toString();
  const passed =
    status === wanted.status &&
    wanted.body.test(text) &&
    (wanted.cacheStatus === undefined ? cacheStatus === undefined : wanted.cacheStatus.test(String(cacheStatus))) &&
    (age !== undefined) === wanted.aged &&
    asked === wanted.asked;
  const seen = [status, cacheStatus, age !== undefined && `age ${age}`, `asked ${asked} times`, text].filter(Boolean).join(', ');
  return { promise: `${cell}: ${wanted.said}`, wanted: 'so', measured: passed ? 'so' : seen, passed };
}
