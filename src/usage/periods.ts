/** One value for each period of equal length since 1970, made when it is first asked for. */
export class Periods<Value> {
  readonly #lengthMs: number;
  readonly #make: () => Value;
  readonly #values = new Map<number, Value>();
  #startMs = Number.NaN;
  #current!: Value;

  constructor(lengthMs: number, make: () => Value) {
    this.#lengthMs = lengthMs;
    this.#make = make;
  }

  /** Of the period that this moment is in: mostly the one of the last time, which costs two comparisons. */
  at(epochMs: number): Value {
    if (!(epochMs >= this.#startMs && epochMs < this.#startMs + this.#lengthMs)) this.#turn(epochMs);
    return this.#current;
  }

  /** Those there are, by their start. */
  entries(): [startMs: number, value: Value][] {
    return [...this.#values];
  }

  get(startMs: number): Value | undefined {
    return this.#values.get(startMs);
  }

  delete(startMs: number): void {
    this.#values.delete(startMs);
    if (startMs === this.#startMs) this.#startMs = Number.NaN;
  }

  #turn(epochMs: number): void {
    this.#startMs = Math.floor(epochMs / this.#lengthMs) * this.#lengthMs;
    this.#current = this.#values.get(this.#startMs) ?? this.#make();
    this.#values.set(this.#startMs, this.#current);
  }
}
