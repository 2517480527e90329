import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Clock, Pricing, Summary, Target } from '../call.ts';
import { type Advice, adviceOn, unseenAdvice } from './advice.ts';
import { inOrder } from './order.ts';
import { WatchedFunction } from './watched-function.ts';

/** What this gateway advises by what it has seen itself: others may have seen more. */
export interface AdviceReport {
  /** Since when it watches, as in RFC 3339. Of that, the last 7 days count at most. */
  readonly since: string;
  /** What the advice is based on. */
  readonly executions: number;
  /** What matters most comes first. */
  readonly functions: readonly Advice[];
}

export interface MemoryWatchParts {
  readonly targets: readonly Watchable[];
  readonly pricing: Pricing | undefined;
  readonly clock: Clock;
}

/** Then others have their turn: 10,000 functions would hold the loop for 100 ms. */
const sliceFunctions = 200;

type Watchable = Pick<Target, 'name' | 'urn'>;

/** How much memory each function uses of what it is given, for advice on its size. Lives in the process. */
export class MemoryWatch {
  readonly #pricing: Pricing | undefined;
  readonly #clock: Clock;
  readonly #sinceEpochMs: number;
  #functions: ReadonlyMap<string, WatchedFunction> = new Map();

  constructor({ targets, pricing, clock }: MemoryWatchParts) {
    this.#pricing = pricing;
    this.#clock = clock;
    this.#sinceEpochMs = clock.epochMs();
    this.swapped(targets);
  }

  /** The functions there are from now on. What was seen of those that stay is kept. */
  swapped(targets: readonly Watchable[]): void {
    const nowMs = this.#clock.nowMs();
    const before = this.#functions;
    this.#functions = new Map(
      targets.map(({ name, urn }) => {
        const known = before.get(name);
        return [name, known?.urn === urn ? known : new WatchedFunction(urn, nowMs)];
      }),
    );
  }

  /**
   * After every request to FunctionGraph. On the path of every call: it finds its place, and counts.
   *
   * @param summary undefined: none came
   * @param outOfMemory FunctionGraph ended the execution for want of memory
   */
  attempted({ name }: Watchable, summary: Summary | undefined, outOfMemory: boolean): void {
    if (summary === undefined && !outOfMemory) return;
    // A call of an earlier configuration may end after its function is gone.
    const watched = this.#functions.get(name);
    const sizeMb = summary?.memorySizeMb || watched?.sizeMb;
    if (watched === undefined || sizeMb === undefined) return;
    const usedMb = summary?.memoryUsedMb ?? 0;
    // What was ended used all it had, whatever was measured last. Otherwise 0 means that nothing was measured.
    if (outOfMemory) watched.add(this.#clock.nowMs(), sizeMb, Math.max(usedMb, sizeMb), summary?.billedMs ?? 0, true);
    else if (usedMb > 0) watched.add(this.#clock.nowMs(), sizeMb, usedMb, summary!.billedMs, false);
  }

  async adviceFor(): Promise<AdviceReport> {
    let executions = 0;
    const functions: Advice[] = [];
    for (const [name, watched] of this.#functions) {
      const advice = this.#on(name, watched);
      executions += advice.executions;
      functions.push(advice);
      if (functions.length % sliceFunctions === 0) await turnOfTheLoop();
    }
    return { since: new Date(this.#sinceEpochMs).toISOString(), executions, functions: functions.toSorted(inOrder) };
  }

  /** Undefined: there is no function of this name. */
  adviceOn(name: string): Advice | undefined {
    const watched = this.#functions.get(name);
    return watched && this.#on(name, watched);
  }

  #on(name: string, watched: WatchedFunction): Advice {
    const observed = watched.observed(this.#clock.nowMs());
    return observed ? adviceOn(name, observed.current, observed.other, this.#pricing) : unseenAdvice(name);
  }
}
