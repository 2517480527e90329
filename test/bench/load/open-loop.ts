/** When the calls of a run are due. Those of the lead are made and not counted: whoever makes them is warm after them. */
export interface Pace {
  readonly callsPerSecond: number;
  readonly leadSeconds: number;
  readonly countedSeconds: number;
}

/** Takes one call at a time. */
export interface Line {
  send(call: number): void;
}

/**
 * Calls that are due at even distances, whatever becomes of those before: a stall of the server is in the time of every call that was due
 * meanwhile. Whoever sends a call when the one before is answered (wrk does) counts a stall once, however long it takes.
 */
export class OpenLoop {
  readonly #idle: Line[];
  readonly #msPerCall: number;
  readonly #leadCalls: number;
  readonly #calls: number;
  readonly #latenciesMs: Float64Array;
  readonly #noticedLateMs: Float64Array;
  #due = 0;
  #sent = 0;
  #answered = 0;

  constructor({ callsPerSecond, leadSeconds, countedSeconds }: Pace, lines: readonly Line[]) {
    this.#idle = [...lines];
    this.#msPerCall = 1_000 / callsPerSecond;
    this.#leadCalls = Math.round(callsPerSecond * leadSeconds);
    this.#calls = this.#leadCalls + Math.round(callsPerSecond * countedSeconds);
    this.#latenciesMs = new Float64Array(this.#calls);
    this.#noticedLateMs = new Float64Array(this.#calls);
  }

  /** Of all calls, in milliseconds from the first one. */
  dueMs(call: number): number {
    return call * this.#msPerCall;
  }

  /** To be called again and again: sends what is due. With no idle line a call waits, and its time runs. */
  turn(nowMs: number): void {
    for (; this.#due < this.#calls && this.dueMs(this.#due) <= nowMs; this.#due++) {
      this.#noticedLateMs[this.#due] = nowMs - this.dueMs(this.#due);
    }
    for (; this.#sent < this.#due && this.#idle.length > 0; this.#sent++) this.#idle.shift()!.send(this.#sent);
  }

  answered(call: number, line: Line, nowMs: number): void {
    this.#latenciesMs[call] = nowMs - this.dueMs(call);
    this.#answered++;
    this.#idle.push(line);
  }

  get isOver(): boolean {
    return this.#answered === this.#calls;
  }

  get unanswered(): number {
    return this.#calls - this.#answered;
  }

  /** From the time a call was due to the end of its answer. */
  get latenciesMs(): Float64Array {
    return this.#latenciesMs.subarray(this.#leadCalls);
  }

  /** How long after it was due a call was noticed to be: what of the latencies is the doing of whoever makes the calls. */
  get noticedLateMs(): Float64Array {
    return this.#noticedLateMs.subarray(this.#leadCalls);
  }
}
