import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BreakerPolicy, Outcome } from '../../src/call.ts';
import { Breakers } from '../../src/resilience/breaker.ts';
import { callOf, outcomes, targetOf } from '../support/calls.ts';

/** What each outcome says of the upstream, once more and by hand. */
const says = {
  ok: 'good',
  reset: 'bad',
  timeout: 'bad',
  unavailable: 'bad',
  functionError: 'works',
  noSuchFunction: 'works',
  throttled: 'nothing',
  refused: 'nothing',
  abandoned: 'nothing',
} as const;
type Said = (typeof says)[keyof typeof says];

const outcomeNames = Object.keys(says) as (keyof typeof says)[];
const luck = fc.constantFrom(0, 0.05, 0.2, 0.4, 0.99);
const command = fc.oneof(
  { weight: 24, arbitrary: fc.record({ kind: fc.constant('start' as const), luck }) },
  {
    weight: 24,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      which: fc.nat(),
      as: fc.oneof(fc.constantFrom('ok' as const, 'reset' as const), fc.constantFrom(...outcomeNames)),
      queued: fc.boolean(),
      luck,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat() }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1_200 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1_000, max: 40_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('force' as const), to: fc.constantFrom('open' as const, 'closed' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('force' as const), to: fc.constant('auto' as const) }) },
);
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

const policies: fc.Arbitrary<BreakerPolicy> = fc.record({
  failureRatio: fc.constantFrom(0.1, 0.5, 1),
  minimumRequests: fc.integer({ min: 1, max: 4 }),
  windowMs: fc.constantFrom(1_000, 5_000),
  openForMs: fc.constantFrom(300, 3_000, 9_000),
  slowCalls: fc.constantFrom(undefined, { afterMs: 500, ratio: 0.5 }),
});

/** The circuit as its rules say it in words: everything is kept, and asked again each time. */
class Model {
  readonly changes: string[] = [];
  state: 'closed' | 'half-open' | 'open' = 'closed';
  forced = false;
  /** Counts the changes of state: an attempt is judged only if there was none since it began. */
  spell = 0;
  readonly #policy: BreakerPolicy;
  #probing = false;
  #probeAtMs = 0;
  #closedAtMs = Number.NEGATIVE_INFINITY;
  #openedInARow = 0;
  #counted: { atMs: number; bad: boolean; slow: boolean }[] = [];

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
  }

  /** Whether a call is let through, and if so whether it is a probe. */
  start(nowMs: number, luck: number): 'refused' | 'let through' | 'probe' {
    if (this.state === 'open' && !this.forced && nowMs >= this.#probeAtMs) this.#change('half-open', 'time_passed');
    if (this.state === 'open' || (this.state === 'half-open' && this.#probing)) return 'refused';
    if (this.state === 'half-open') {
      this.#probing = true;
      return 'probe';
    }
    return luck < this.#share(nowMs) ? 'let through' : 'refused';
  }

  settle(spell: number, said: Said, tookMs: number, nowMs: number, luck: number): void {
    if (spell !== this.spell || this.forced) return;
    const slow = this.#policy.slowCalls !== undefined && tookMs > this.#policy.slowCalls.afterMs;
    if (this.state === 'half-open') {
      this.#probing = false;
      if (said !== 'nothing') this.#judgeProbe(said === 'bad' || slow, nowMs, luck);
    } else if (said === 'good' || said === 'bad') {
      this.#count(said === 'bad', slow, nowMs, luck);
    }
  }

  #judgeProbe(failed: boolean, nowMs: number, luck: number): void {
    if (failed) {
      this.#open('probe_failed', nowMs, luck);
    } else {
      this.#closedAtMs = nowMs;
      this.#change('closed', 'probe_succeeded');
    }
  }

  #count(bad: boolean, slow: boolean, nowMs: number, luck: number): void {
    this.#counted.push({ atMs: nowMs, bad, slow });
    const { windowMs, minimumRequests, failureRatio, slowCalls } = this.#policy;
    const tenth = (atMs: number) => Math.floor(atMs / (windowMs / 10));
    const recent = this.#counted.filter(({ atMs }) => tenth(atMs) > tenth(nowMs) - 10);
    const share = (of: 'bad' | 'slow') => recent.filter((each) => each[of]).length / recent.length;
    if (recent.length < minimumRequests) return;
    if (share('bad') >= failureRatio) this.#open('failure_ratio', nowMs, luck);
    else if (slowCalls && share('slow') >= slowCalls.ratio) this.#open('slow_ratio', nowMs, luck);
  }

  force(to: 'open' | 'closed' | 'auto'): void {
    if (to === 'auto' && !this.forced) return;
    const wasOpen = this.state === 'open';
    this.forced = to !== 'auto';
    this.#closedAtMs = Number.NEGATIVE_INFINITY;
    if (to === 'auto') {
      this.#openedInARow = 0;
      this.#change(wasOpen ? 'half-open' : 'closed', 'released');
    } else {
      this.#change(to, 'forced');
    }
  }

  get #rampMs(): number {
    return this.#policy.openForMs > 2_000 ? 2_000 : this.#policy.openForMs;
  }

  #share(nowMs: number): number {
    const sinceMs = nowMs - this.#closedAtMs;
    if (sinceMs >= this.#rampMs) return 1;
    if (sinceMs * 3 >= this.#rampMs * 2) return 0.5;
    return sinceMs * 3 >= this.#rampMs ? 0.25 : 0.1;
  }

  #open(reason: string, nowMs: number, luck: number): void {
    const afterGoodSpell = this.state === 'closed' && nowMs >= this.#closedAtMs + this.#rampMs + this.#policy.windowMs;
    this.#openedInARow = afterGoodSpell ? 1 : this.#openedInARow + 1;
    const times = [1, 2, 4, 8][this.#openedInARow - 1] ?? 10;
    this.#probeAtMs = nowMs + this.#policy.openForMs * times * (1 - luck / 10);
    this.#change('open', reason);
  }

  #change(state: Model['state'], reason: string): void {
    this.state = state;
    this.spell += 1;
    this.#probing = false;
    this.#counted = [];
    this.changes.push(`${state} ${reason}`);
  }
}

interface Pending {
  readonly spell: number;
  readonly probe: boolean;
  readonly startedAtMs: number;
  readonly call: ReturnType<typeof callOf>;
  readonly caller: AbortController;
  readonly answer: (outcome: Outcome) => void;
  readonly over: Promise<Outcome>;
}

/** The circuit agrees with its model over any commands, on a fake clock. */
export async function breakerAgreesWithItsModel(numRuns: number): Promise<void> {
  await fc.assert(fc.asyncProperty(policies, fc.array(command, { maxLength: 120, size: 'max' }), compare), { numRuns });
}

async function compare(policy: BreakerPolicy, commands: readonly Command[]): Promise<void> {
  let nowMs = 0;
  let random = 0;
  const changes: string[] = [];
  const model = new Model(policy);
  const target = targetOf({ breaker: policy });
  const breakers = new Breakers({
    clock: { nowMs: () => nowMs, epochMs: () => nowMs, sleep: () => Promise.resolve() },
    random: () => random,
    onChange: (_target, { state, reason }) => changes.push(`${state} ${reason}`),
    targets: [target],
  });
  const pending: Pending[] = [];
  const take = (which: number) => pending.splice(which % pending.length, 1)[0];

  for (const step of commands) {
    if ('luck' in step) random = step.luck;
    switch (step.kind) {
      case 'pass':
        nowMs += step.ms;
        break;
      case 'force':
        breakers.force(target.name, step.to);
        model.force(step.to);
        break;
      case 'start': {
        const wanted = model.start(nowMs, random);
        const started = start();
        assert.equal(started !== undefined, wanted !== 'refused', `a call is ${wanted} at ${nowMs} ms`);
        if (started) pending.push({ ...started, spell: model.spell, probe: wanted === 'probe', startedAtMs: nowMs });
        break;
      }
      case 'settle': {
        const attempt = take(step.which);
        if (!attempt) break;
        const queuedMs = step.queued ? nowMs - attempt.startedAtMs : 0;
        attempt.call.tally.queuedMs += queuedMs;
        attempt.answer(outcomes[step.as]);
        assert.equal(await attempt.over, outcomes[step.as]);
        model.settle(attempt.spell, says[step.as], nowMs - attempt.startedAtMs - queuedMs, nowMs, random);
        break;
      }
      case 'leave': {
        // The upstream hangs all the same. A probe is over by that; of others nothing is ever heard again.
        const attempt = take(step.which);
        attempt?.caller.abort('caller_left');
        if (!attempt?.probe) break;
        assert.deepEqual(await attempt.over, outcomes.abandoned);
        model.settle(attempt.spell, 'nothing', 0, nowMs, random);
        break;
      }
    }
    const { state, forced } = breakers.stateOf(target.name);
    assert.deepEqual({ state, forced, changes }, { state: model.state, forced: model.forced, changes: model.changes });
  }

  /** Undefined: it was refused. */
  function start(): Pick<Pending, 'call' | 'caller' | 'answer' | 'over'> | undefined {
    const { promise, resolve: answer } = Promise.withResolvers<Outcome>();
    const call = callOf({ target });
    const caller = new AbortController();
    let sent = false;
    const send = breakers.policy(() => {
      sent = true;
      return promise;
    });
    const over = send(call, caller.signal);
    return sent ? { call, caller, answer, over } : undefined;
  }
}
