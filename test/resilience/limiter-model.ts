import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mock } from 'node:test';
import fc from 'fast-check';
import { Account } from '../../src/resilience/account.ts';
import type { Caller, Turn } from '../../src/resilience/lane.ts';
import { Limiter } from '../../src/resilience/limiter.ts';

const queueTimeoutMs = 100;
const functions = 3;
const callers: readonly Caller[] = [
  { consumer: 'first', priority: 'normal' },
  { consumer: 'urgent', priority: 'high' },
  { consumer: 'second', priority: 'normal' },
  { consumer: 'batch', priority: 'low' },
];
const weights = { high: 4, normal: 2, low: 1 };

const which = fc.nat({ max: functions - 1 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('arrive' as const), of: which, by: fc.nat({ max: callers.length - 1 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('finish' as const), of: which, heldMs: fc.constantFrom(undefined, 0, 2, 64) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), of: which, nth: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), of: which, limit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 80 }) }) },
);

interface Arrival {
  readonly by: Caller;
  readonly sinceMs: number;
  readonly signals: AbortController;
  /** What the limiter says. */
  readonly turn: Promise<Turn>;
  /** What the model says. */
  expected: Turn | undefined;
}

/** A limiter and what it ought to be: counts, who waits in a plain list, and who is due when. */
interface Pair {
  readonly limiter: Limiter;
  readonly queue: number;
  readonly turns: Turns;
  limit: number;
  inFlight: number;
  heldMs: number;
  waiting: Arrival[];
}

/** When each consumer is due, and who waits in the order in which they began to. */
class Turns {
  #now = 0;
  #due = new Map<string, number>();
  #line: Caller[] = [];

  get line(): readonly Caller[] {
    return this.#line;
  }

  begin(caller: Caller): void {
    if (this.#line.includes(caller)) return;
    this.#line.push(caller);
    this.#due.set(caller.consumer, Math.max(this.#now, this.#due.get(caller.consumer) ?? 0));
  }

  /** When the last has gone, nobody owes anything. */
  end(caller: Caller): void {
    this.#line = this.#line.filter((other) => other !== caller);
    if (this.#line.length > 0) return;
    this.#due.clear();
    this.#now = 0;
  }

  first(may: (caller: Caller) => boolean): Caller | undefined {
    const due = (caller: Caller) => this.#due.get(caller.consumer)!;
    return this.#line.filter(may).sort((one, other) => due(one) - due(other))[0];
  }

  serve({ consumer, priority }: Caller, cost: number): void {
    this.#now = Math.max(this.#now, this.#due.get(consumer)!);
    this.#due.set(consumer, this.#now + cost / weights[priority]);
  }
}

/** Limiters that share an account agree with plain lists: who is in flight, who waits, and what becomes of each arrival, once. */
export async function limitersAgreeWithTheirModel(numRuns: number): Promise<void> {
  const setup = fc.record({
    max: fc.integer({ min: 1, max: 5 }),
    limit: fc.integer({ min: 1, max: 4 }),
    queue: fc.nat({ max: 6 }),
    consumers: fc.integer({ min: 1, max: callers.length }),
  });
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    await fc.assert(
      fc.asyncProperty(setup, fc.array(step, { maxLength: 80, size: 'max' }), async ({ max, limit, queue, consumers }, steps) => {
        let nowMs = 0;
        const clock = { nowMs: () => nowMs, epochMs: () => nowMs, sleep: () => Promise.resolve() };
        const account = new Account(max);
        const pairs: Pair[] = Array.from({ length: functions }, () => ({
          limiter: new Limiter({ clock, limit, queue, queueTimeoutMs, account }),
          queue,
          turns: new Turns(),
          limit,
          inFlight: 0,
          heldMs: 0,
          waiting: [],
        }));
        const arrivals: Arrival[] = [];
        const turns = new Turns();
        /** For each consumer the functions it waits for, the one served longest ago first. */
        const order = new Map<Caller, Pair[]>(callers.map((caller) => [caller, []]));

        const total = () => pairs.reduce((sum, { inFlight }) => sum + inFlight, 0);
        const waitingOf = (pair: Pair, caller: Caller) => pair.waiting.filter(({ by }) => by === caller);
        const mayAdmit = (pair: Pair) => pair.waiting.length > 0 && pair.inFlight < pair.limit;
        const last = (pair: Pair, caller: Caller) => {
          const others = order.get(caller)!.filter((other) => other !== pair);
          order.set(caller, waitingOf(pair, caller).length > 0 ? [...others, pair] : others);
        };
        const settle = (pair: Pair, arrival: Arrival, turn: Turn) => {
          arrival.expected = turn;
          pair.waiting = pair.waiting.filter((other) => other !== arrival);
          if (waitingOf(pair, arrival.by).length > 0) return;
          last(pair, arrival.by);
          pair.turns.end(arrival.by);
          if (order.get(arrival.by)!.length === 0) turns.end(arrival.by);
        };
        const serve = () => {
          while (total() < max) {
            const first = turns.first((caller) => order.get(caller)!.some(mayAdmit));
            if (first === undefined) return;
            const pair = order.get(first)!.find(mayAdmit)!;
            const scarce = pair.limit < max && pair.limit - pair.inFlight === 1;
            const caller = scarce ? pair.turns.first(() => true)! : first;
            turns.serve(caller, Math.max(1, pair.heldMs));
            pair.turns.serve(caller, 1);
            last(pair, caller);
            const waiting = waitingOf(pair, caller);
            const congested = nowMs - waiting[0]!.sinceMs > queueTimeoutMs / 2;
            pair.inFlight += 1;
            settle(pair, congested ? waiting.at(-1)! : waiting[0]!, 'taken');
          }
        };

        const arrive = (pair: Pair, by: Caller) => {
          const free = pair.inFlight < pair.limit && total() < max;
          assert.equal(pair.limiter.tryTake(), free);
          if (free) {
            pair.inFlight += 1;
            return;
          }
          const signals = new AbortController();
          const arrival: Arrival = { by, sinceMs: nowMs, signals, turn: pair.limiter.wait(by, signals.signal), expected: undefined };
          arrivals.push(arrival);
          const full = pair.waiting.length >= pair.queue;
          const worst = full ? worstOf(pair) : undefined;
          if (full && (worst === undefined || rank(waitingOf(pair, by).length + 1, by) >= worst.rank)) {
            arrival.expected = 'full';
            return;
          }
          pair.waiting.push(arrival);
          pair.turns.begin(by);
          turns.begin(by);
          if (!order.get(by)!.includes(pair)) order.get(by)!.push(pair);
          if (worst) settle(pair, worst.arrival, 'displaced');
        };
        const rank = (nth: number, { priority }: Caller) => (nth - 0.5) / weights[priority];
        /** Of all who wait, in the order of their consumers, the one whose rank is highest. */
        const worstOf = (pair: Pair) => {
          const ranked = pair.turns.line.flatMap((caller) =>
            waitingOf(pair, caller).map((arrival, before) => ({ arrival, rank: rank(before + 1, caller) })),
          );
          return ranked.sort((one, other) => other.rank - one.rank)[0];
        };
        const finish = (pair: Pair, heldMs: number | undefined) => {
          if (pair.inFlight === 0) return;
          pair.limiter.release(heldMs);
          pair.inFlight -= 1;
          if (heldMs !== undefined) pair.heldMs = pair.heldMs === 0 ? heldMs : pair.heldMs + (heldMs - pair.heldMs) * 0.1;
          serve();
        };
        const leave = (pair: Pair, arrival: Arrival | undefined) => {
          if (arrival === undefined) return;
          arrival.signals.abort('caller_left');
          settle(pair, arrival, 'left');
        };
        const resize = (pair: Pair, to: number) => {
          pair.limiter.resize(to);
          pair.limit = to;
          serve();
        };
        const pass = (ms: number) => {
          nowMs += ms;
          mock.timers.tick(ms);
          for (const pair of pairs) {
            for (const arrival of pair.waiting) if (nowMs - arrival.sinceMs >= queueTimeoutMs) settle(pair, arrival, 'late');
          }
        };
        const agree = () => {
          assert.equal(account.inFlight, total());
          assert.ok(total() <= max);
          for (const pair of pairs) {
            assert.equal(pair.limiter.inFlight, pair.inFlight);
            assert.equal(pair.limiter.queued, pair.waiting.length);
            assert.ok(!mayAdmit(pair) || total() === max, 'a place is idle while somebody waits for it');
            if (pair.waiting.length === 0) assert.equal(pair.limiter.consumers, 0);
          }
          if (pairs.every(({ waiting }) => waiting.length === 0)) assert.equal(account.consumers, 0);
        };

        for (const command of steps) {
          if (command.kind === 'pass') pass(command.ms);
          else {
            const pair = pairs[command.of]!;
            if (command.kind === 'arrive') arrive(pair, callers[command.by % consumers]!);
            if (command.kind === 'finish') finish(pair, command.heldMs);
            if (command.kind === 'leave') leave(pair, pair.waiting[command.nth]);
            if (command.kind === 'resize') resize(pair, command.limit);
          }
          agree();
        }
        // In the end all go home, and nothing is left of them.
        while (total() > 0) for (const pair of pairs) finish(pair, undefined);
        agree();
        for (const arrival of arrivals) {
          assert.equal(await arrival.turn, arrival.expected);
          assert.equal(getEventListeners(arrival.signals.signal, 'abort').length, 0);
        }
      }),
      { numRuns },
    );
  } finally {
    mock.timers.reset();
  }
}
