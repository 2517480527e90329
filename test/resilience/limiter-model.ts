import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mock } from 'node:test';
import fc from 'fast-check';
import { Account } from '../../src/resilience/account.ts';
import { Limiter, type Turn } from '../../src/resilience/limiter.ts';

const queueTimeoutMs = 100;
const functions = 3;

const which = fc.nat({ max: functions - 1 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('arrive' as const), of: which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish' as const), of: which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), of: which, nth: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), of: which, limit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 80 }) }) },
);

interface Arrival {
  readonly sinceMs: number;
  readonly caller: AbortController;
  /** What the limiter says. */
  readonly turn: Promise<Turn>;
  /** What the model says. */
  expected: Turn | undefined;
}

/** A limiter and what it ought to be: counts, and who waits in a plain list. */
interface Pair {
  readonly limiter: Limiter;
  readonly queue: number;
  limit: number;
  inFlight: number;
  waiting: Arrival[];
}

/** Limiters that share an account agree with plain lists: who is in flight, who waits, and what becomes of each arrival, once. */
export async function limitersAgreeWithTheirModel(numRuns: number): Promise<void> {
  const setup = fc.record({ max: fc.integer({ min: 1, max: 5 }), limit: fc.integer({ min: 1, max: 4 }), queue: fc.nat({ max: 4 }) });
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    await fc.assert(
      fc.asyncProperty(setup, fc.array(step, { maxLength: 60, size: 'max' }), async ({ max, limit, queue }, steps) => {
        let nowMs = 0;
        const clock = { nowMs: () => nowMs, epochMs: () => nowMs, sleep: () => Promise.resolve() };
        const account = new Account(max);
        const pairs: Pair[] = Array.from({ length: functions }, () => ({
          limiter: new Limiter({ clock, limit, queue, queueTimeoutMs, account }),
          queue,
          limit,
          inFlight: 0,
          waiting: [],
        }));
        const arrivals: Arrival[] = [];
        /** Those with somebody to admit, in the order in which that became so. */
        let line: Pair[] = [];

        const total = () => pairs.reduce((sum, { inFlight }) => sum + inFlight, 0);
        const mayAdmit = (pair: Pair) => pair.waiting.length > 0 && pair.inFlight < pair.limit;
        const settle = (pair: Pair, arrival: Arrival, turn: Turn) => {
          arrival.expected = turn;
          pair.waiting = pair.waiting.filter((other) => other !== arrival);
        };
        const standInLine = (pair: Pair) => {
          if (mayAdmit(pair) && !line.includes(pair)) line.push(pair);
        };
        const serve = () => {
          while (total() < max && line.length > 0) {
            const [pair, ...others] = line as [Pair, ...Pair[]];
            line = others;
            if (!mayAdmit(pair)) continue;
            const congested = nowMs - pair.waiting[0]!.sinceMs > queueTimeoutMs / 2;
            settle(pair, congested ? pair.waiting.at(-1)! : pair.waiting[0]!, 'taken');
            pair.inFlight += 1;
            standInLine(pair);
          }
        };

        const arrive = (pair: Pair) => {
          const free = pair.inFlight < pair.limit && total() < max;
          assert.equal(pair.limiter.tryTake(), free);
          if (free) {
            pair.inFlight += 1;
            return;
          }
          const caller = new AbortController();
          const arrival: Arrival = { sinceMs: nowMs, caller, turn: pair.limiter.wait(caller.signal), expected: undefined };
          arrivals.push(arrival);
          if (pair.waiting.length >= pair.queue) {
            arrival.expected = 'full';
            return;
          }
          pair.waiting.push(arrival);
          standInLine(pair);
        };
        const finish = (pair: Pair) => {
          if (pair.inFlight === 0) return;
          pair.limiter.release();
          pair.inFlight -= 1;
          standInLine(pair);
          serve();
        };
        const leave = (pair: Pair, arrival: Arrival | undefined) => {
          if (arrival === undefined) return;
          arrival.caller.abort('caller_left');
          settle(pair, arrival, 'left');
        };
        const resize = (pair: Pair, to: number) => {
          pair.limiter.resize(to);
          pair.limit = to;
          standInLine(pair);
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
          }
        };

        for (const command of steps) {
          if (command.kind === 'pass') pass(command.ms);
          else {
            const pair = pairs[command.of]!;
            if (command.kind === 'arrive') arrive(pair);
            if (command.kind === 'finish') finish(pair);
            if (command.kind === 'leave') leave(pair, pair.waiting[command.nth]);
            if (command.kind === 'resize') resize(pair, command.limit);
          }
          agree();
        }
        // In the end all go home, and nothing is left of them.
        while (total() > 0) for (const pair of pairs) finish(pair);
        agree();
        for (const arrival of arrivals) {
          assert.equal(await arrival.turn, arrival.expected);
          assert.equal(getEventListeners(arrival.caller.signal, 'abort').length, 0);
        }
      }),
      { numRuns },
    );
  } finally {
    mock.timers.reset();
  }
}
