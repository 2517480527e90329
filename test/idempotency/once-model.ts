import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MemoryRecords } from '../../src/idempotency/memory.ts';
import { type Entry, Once } from '../../src/idempotency/once.ts';
import { lifeMs, type RecordStore } from '../../src/idempotency/store.ts';
import { Tiers } from '../../src/idempotency/tiers.ts';
import { callOf, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { answerReply } from './records.ts';

/** An execution that was let to begin, by which gateway in which of its lives. */
interface Run {
  readonly id: number;
  readonly key: number;
  readonly event: number;
  readonly gateway: string;
  readonly settle: Extract<Entry, { kind: 'first' }>['settle'];
}

/** What there should be under a key. */
type State =
  | { readonly kind: 'free' }
  | { readonly kind: 'running'; readonly run: Run; readonly overAtMs: number }
  | { readonly kind: 'finished'; readonly run: Run; readonly untilMs: number };

const free: State = { kind: 'free' };
const keys = ['a', 'b'];
const events = ['{"n":1}', '{"n":2}'];
const one = fc.nat({ max: 1 });

const command = {
  enter: fc.record({ kind: fc.constant('enter' as const), gateway: one, key: one, event: one }),
  settle: fc.record({ kind: fc.constantFrom('finish' as const, 'free' as const), run: fc.nat({ max: 5 }) }),
  kill: fc.record({ kind: fc.constant('kill' as const), gateway: one }),
  pass: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 1_000, 34_999, 35_000, lifeMs - 1, lifeMs) }),
  outage: fc.record({ kind: fc.constant('outage' as const), away: fc.boolean() }),
};

/** Two gateways that share a Redis, which may be away; each may be killed, and begins a new life that remembers nothing. */
class World {
  readonly clock = new FakeClock();
  readonly running: Run[] = [];
  away = false;
  #ids = 0;
  readonly #redis = this.#memory();
  readonly #gateways = [0, 1].map(() => ({ once: this.#open(), lives: 0 }));

  async enter(gateway: number, key: number, event: number, idempotent: boolean): Promise<{ said: string; run?: Run }> {
    const target = targetOf({ idempotent });
    const call = callOf({ target, event: Buffer.from(events[event]!), deadlineAtMs: this.clock.nowMs() + 30_000 });
    const entry = await this.#gateways[gateway]!.once.enter(call, keys[key]!);
    if (entry.kind !== 'first') return { said: said(entry) };
    const run: Run = { id: ++this.#ids, key, event, gateway: this.life(gateway), settle: entry.settle };
    this.running.push(run);
    return { said: 'first', run };
  }

  /** Undefined: there are not so many under way. */
  async settle(at: number, kind: 'finish' | 'free'): Promise<Run | undefined> {
    const [run] = this.running.splice(at, 1);
    await run?.settle(kind === 'free' ? undefined : answerReply(String(run.id)));
    return run;
  }

  kill(gateway: number): void {
    const life = this.life(gateway);
    this.#gateways[gateway] = { once: this.#open(), lives: this.#gateways[gateway]!.lives + 1 };
    const others = this.running.filter((run) => run.gateway !== life);
    this.running.splice(0, this.running.length, ...others);
  }

  life(gateway: number): string {
    return `${gateway}, life ${this.#gateways[gateway]!.lives}`;
  }

  #open(): Once {
    const redis: RecordStore = {
      claim: async (...args) => (this.away ? { kind: 'away' } : this.#redis.claim(...args)),
      finish: async (...args) => (this.away ? undefined : this.#redis.finish(...args)),
      free: async (...args) => (this.away ? undefined : this.#redis.free(...args)),
    };
    let tokens = 0;
    const life = `${++this.#ids}`;
    const newToken = () => `${life}-${++tokens}`;
    return new Once({ store: new Tiers(this.#memory(), redis), canonicalForm: (event) => event.toString(), clock: this.clock, newToken });
  }

  #memory(): RecordStore {
    return new MemoryRecords({ maxBytes: 10_000_000, clock: this.clock });
  }
}

/**
 * Over any commands, what is let to run, replayed and refused is what a plain model says; and a call runs a second time only if the
 * first did not run, is forgotten after 24 hours, or was lost and is idempotent.
 */
export async function onceAgreesWithItsModel(numRuns: number): Promise<void> {
  const { enter, settle, kill, pass } = command;
  const commands = fc.array(fc.oneof(enter, enter, settle, kill, pass), { maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), commands, async (idempotent, steps) => {
      const world = new World();
      const { clock } = world;
      const states: State[] = keys.map(() => free);
      // Where an owner was replaced, which only an idempotent call's is, its gateway goes by what it knows itself.
      const apart = new Set<string>();
      const stateOf = (key: number): State => {
        const state = states[key]!;
        const endsAtMs = state.kind === 'finished' ? state.untilMs : state.kind === 'running' ? state.overAtMs + lifeMs : 0;
        return endsAtMs <= clock.nowMs() ? free : state;
      };
      const expected = (state: State, event: number): string => {
        if (state.kind === 'free') return 'first';
        if (state.run.event !== event) return 'idempotency_mismatch';
        if (state.kind === 'finished') return `answer ${state.run.id}`;
        if (state.overAtMs > clock.nowMs()) return 'idempotency_in_flight';
        return idempotent ? 'first' : 'deadline_exceeded';
      };
      for (const step of steps) {
        if (step.kind === 'pass') await clock.advance(step.ms);
        if (step.kind === 'kill') world.kill(step.gateway);
        if (step.kind === 'enter') {
          const { gateway, key, event } = step;
          const state = stateOf(key);
          for (const run of world.running) if (run.key === key && !owns(state, run)) apart.add(place(run.gateway, key));
          const entered = await world.enter(gateway, key, event, idempotent);
          if (entered.run || !apart.has(place(world.life(gateway), key))) assert.equal(entered.said, expected(state, event));
          if (entered.run) states[key] = { kind: 'running', run: entered.run, overAtMs: clock.nowMs() + 35_000 };
        }
        if (step.kind === 'finish' || step.kind === 'free') {
          const run = await world.settle(step.run, step.kind);
          if (run === undefined) continue;
          const state = stateOf(run.key);
          if (!owns(state, run)) apart.add(place(run.gateway, run.key));
          if (step.kind === 'free' && owns(state, run)) states[run.key] = free;
          // It did run, so its answer counts even when its successor has freed the key.
          if (step.kind === 'finish' && (owns(state, run) || state.kind === 'free'))
            states[run.key] = { kind: 'finished', run, untilMs: clock.nowMs() + lifeMs };
        }
      }
    }),
    { numRuns },
  );
}

/** With a Redis that comes and goes, no gateway runs a call twice that is not idempotent, as long as it lives itself. */
export async function onceHoldsPerGatewayWithoutRedis(numRuns: number): Promise<void> {
  const { enter, settle, kill, pass, outage } = command;
  const shortPass = pass.map((step) => ({ ...step, ms: Math.min(step.ms, 35_000) }));
  const commands = fc.array(fc.oneof(enter, enter, settle, kill, shortPass, outage), { maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(commands, async (steps) => {
      const world = new World();
      const ran = new Set<string>();
      for (const step of steps) {
        if (step.kind === 'pass') await world.clock.advance(step.ms);
        if (step.kind === 'outage') world.away = step.away;
        if (step.kind === 'kill') world.kill(step.gateway);
        if (step.kind === 'enter') {
          const { run } = await world.enter(step.gateway, step.key, step.event, false);
          if (run === undefined) continue;
          assert.equal(ran.has(place(run.gateway, run.key)), false);
          ran.add(place(run.gateway, run.key));
        }
        if (step.kind === 'finish' || step.kind === 'free') {
          const run = await world.settle(step.run, step.kind);
          if (run !== undefined && step.kind === 'free') ran.delete(place(run.gateway, run.key));
        }
      }
    }),
    { numRuns },
  );
}

function place(gateway: string, key: number): string {
  return `${keys[key]} in ${gateway}`;
}

function owns(state: State, run: Run): boolean {
  return state.kind === 'running' && state.run === run;
}

function said(entry: Entry): string {
  if (entry.kind === 'first') return 'first';
  if (entry.kind === 'refused') return entry.problem.code;
  return entry.reply.kind === 'problem' ? entry.reply.problem.code : `answer ${entry.reply.body.toString()}`;
}
