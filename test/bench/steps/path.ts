import { openKeptResults } from '../../../src/cache/open.ts';
import { Recall } from '../../../src/cache/recall.ts';
import type { Invoke, Outcome, Policy, ProblemCode } from '../../../src/call.ts';
import { systemClock } from '../../../src/clock.ts';
import { Breakers } from '../../../src/resilience/breaker.ts';
import { RetryBudgets } from '../../../src/resilience/budget.ts';
import { Concurrency } from '../../../src/resilience/concurrency.ts';
import { withDeadline } from '../../../src/resilience/deadline.ts';
import { withRetry } from '../../../src/resilience/retry.ts';
import { Shedding, sheddingThresholds } from '../../../src/resilience/shedding.ts';
import { cachePolicyOf, callOf, outcomes, targetOf } from '../../support/calls.ts';
import { awaited, type Step, type Steps } from './step.ts';

const hourMs = 3_600_000;

/** An upstream that answers at once: what is left is the gateway's own work. */
const answering: Invoke = async () => outcomes.ok;
const failing: Invoke = async () => outcomes.unavailable;
const silent: Invoke = () => new Promise<Outcome>(() => undefined);

/** Each policy of the path alone around an upstream that answers at once, all of them, and all of them refusing. What a policy costs is what it takes more than `send alone`. */
export async function openPath(): Promise<Steps> {
  const clock = systemClock;
  const random = () => 0.5;
  const breakers = new Breakers({ clock, random, targets: [], onChange: () => undefined });
  const concurrency = new Concurrency({ clock, random, upstreams: [{ id: 'main', maxConcurrency: 100 }] });
  const budgets = new RetryBudgets(clock);
  const retry = withRetry({ clock, random, budgets, onRetry: () => undefined, onWithheld: () => undefined });
  const deadline = withDeadline(clock);
  const calm = shed(
    new Shedding({ sample: () => ({ loopDelayMs: 0, entryDelayMs: 0, heapUsedRatio: 0 }), thresholds: sheddingThresholds, random }),
  );
  const swamped = new Shedding({
    sample: () => ({ loopDelayMs: hourMs, entryDelayMs: hourMs, heapUsedRatio: 1 }),
    thresholds: sheddingThresholds,
    random,
  });
  while (swamped.share < 1) swamped.look();
  /** As in `gateway.ts`. */
  const all: Policy = (send) => calm(deadline(retry(breakers.policy(concurrency.policy(send)))));

  const hello = targetOf();
  const broken = targetOf({
    name: 'broken',
    retry: { ...hello.retry, attempts: 1 },
    breaker: { ...hello.breaker, minimumRequests: 1, openForMs: hourMs },
  });
  const full = targetOf({ name: 'full', concurrency: { ...hello.concurrency, max: 1, queue: 0 } });
  const { signal } = new AbortController();
  await breakers.policy(failing)(callOf({ target: broken }), signal);
  void concurrency.policy(silent)(callOf({ target: full }), signal);

  const remembered = targetOf({ name: 'remembered', idempotent: true, cache: cachePolicyOf() });
  const results = openKeptResults({ memoryBytes: 2 ** 20, remote: undefined, onFault: () => undefined, clock, random });
  const nothing = () => undefined;
  const recall = new Recall({
    results,
    attempts: answering,
    deadline,
    clock,
    random,
    onSaved: nothing,
    onFault: nothing,
  });
  const kept: Invoke = async (call, end) => (await recall.run(call, remembered.cache!, end)).outcome;
  await kept(callOf({ target: remembered }), signal);

  const step = (name: string, invoke: Invoke, gives: 'ok' | ProblemCode = 'ok', target = hello): Step => {
    const like = callOf({ target });
    return awaited(
      name,
      () => invoke({ ...like, deadlineAtMs: clock.nowMs() + target.timeoutMs }, signal),
      (outcome) => (outcome.kind === 'refused' ? outcome.problem.code : outcome.kind) === gives,
    );
  };
  return {
    steps: [
      step('path: send alone', answering),
      step('path: with load shedding', calm(answering)),
      step('path: with the deadline', deadline(answering)),
      step('path: with retry and its budget', retry(answering)),
      step('path: with the breaker', breakers.policy(answering)),
      step('path: with the concurrency limit', concurrency.policy(answering)),
      step('path: with all of it', all(answering)),
      step('path: answered from memory', kept, 'ok', remembered),
      step('path: refused, load shed', shed(swamped)(answering), 'overloaded'),
      step('path: refused, circuit open', all(answering), 'circuit_open', broken),
      step('path: refused, queue full', all(answering), 'overloaded', full),
    ],
    close: () => breakers.close(),
  };
}

/** As in `gateway.ts`, where it comes before everything else. */
function shed(shedding: Shedding): Policy {
  return (next) => (call, signal) => {
    const problem = shedding.overloaded(call.priority);
    return problem ? Promise.resolve({ kind: 'refused', problem }) : next(call, signal);
  };
}
