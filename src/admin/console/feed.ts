/** What crosses from the gateway to an open page, see `events.ts`: text is made here, so that pages are the same with and without scripts. */

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

/** A text on a page that changes, and what it means. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
  /** Where it is explained, in places that can be links. */
  readonly href?: string;
}

export type Cells = Readonly<Record<string, Cell>>;

export interface FunctionRow {
  readonly name: string;
  readonly description: string;
  readonly cells: Cells;
  /** Points of an SVG polyline of the last minutes. */
  readonly trend: string;
}

/** Of each sample. */
export interface Tick {
  /** `12:30:05`, in UTC. */
  readonly at: string;
  /** Of the configuration in force: it rises with each one. */
  readonly generation: number;
}

export interface ListTick extends Tick {
  /** Of all functions together. */
  readonly total: Cells;
  /** The first time all there are, then those since. */
  readonly points: Points | null;
  /** In the order in which they are shown. */
  readonly rows: readonly FunctionRow[];
}

/** Columns of charts, oldest first; `null` where nothing is known. */
export interface Points {
  /** Seconds since 1970. */
  readonly at: readonly number[];
  readonly [name: string]: readonly (number | null)[];
}

export interface FailureRow {
  readonly cells: Cells;
}

export interface FunctionTick extends Tick {
  readonly cells: Cells;
  /** The first time all there are, then those since. */
  readonly points: Points | null;
  /** Absent when nothing was added. */
  readonly failures?: readonly FailureRow[];
}

/** What the gateway would make of a call: of the explanation what is shown. */
export interface Explained {
  readonly verdict: { readonly kind: string; readonly says: string };
  readonly parts: readonly {
    readonly part: string;
    readonly name?: string;
    readonly says: string;
    readonly settings: readonly {
      readonly key: string;
      readonly says: string;
      readonly from: string | { readonly file: string; readonly line?: number };
    }[];
    readonly refusal?: { readonly code: string; readonly detail: string };
  }[];
}

/** What a call by hand came to. */
export interface Trial {
  readonly status: number;
  readonly tone: Tone;
  readonly tookText: string;
  /** Of `Server-Timing`. */
  readonly timing: readonly { readonly name: string; readonly ms: number; readonly text: string }[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** JSON is laid out. */
  readonly body: string;
  /** Only its beginning is here. */
  readonly cut: boolean;
  readonly bodyBytes: number;
  readonly log: string | null;
}
