import type { ProblemCode } from '../call.ts';
import type { Place } from '../config/source.ts';

/** What would become of a call, and why. Plain data, for a program as it is; `says` are for people. Nothing in it is a secret. */
export interface Explanation {
  readonly function: string;
  readonly consumer: string;
  /** `file`: no gateway was asked, so nothing is known of what it holds at the moment. */
  readonly asked: 'gateway' | 'file';
  readonly config: {
    readonly file: string;
    /** Made of a folder of functions: there are no lines to look up. */
    readonly generated: boolean;
    /** The file is another one by now: the lines are those of the one that was loaded. */
    readonly changed: boolean;
  };
  readonly verdict: Verdict;
  /** In the order of the call's path. */
  readonly parts: readonly Part[];
}

/**
 * `kept`: answered from what is kept, fresh or not. `shared`: with what an identical call gets that is under way. `sent`: to the function. `waits`: for a place, and then it is sent. `fallback`: answered with
 * the static answer of the file.
 */
export type Verdict =
  | { readonly kind: 'kept' | 'shared' | 'sent' | 'waits' | 'fallback'; readonly says: string }
  | ({ readonly kind: 'refused'; readonly says: string } & Refusal);

/** As the caller would be told. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly status: number;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}

export type PartName =
  | 'consumer'
  | 'load'
  | 'function'
  | 'upstream'
  | 'event'
  | 'limit'
  | 'cache'
  | 'share'
  | 'retry'
  | 'breaker'
  | 'concurrency'
  | 'fallback'
  | 'price';

/** What one step of the path makes of the call. */
export interface Part {
  readonly part: PartName;
  /** Which one, where there are several of its kind: the limit's name. */
  readonly name?: string;
  /** Empty where the settings say it all. */
  readonly says: string;
  readonly settings: readonly Setting[];
  /** How it stands at the moment; absent where no gateway was asked. */
  readonly now?: Readonly<Record<string, unknown>>;
  /** What this step has against the call. It is the end of the call only where nothing can stand in: see the verdict. */
  readonly refusal?: Refusal;
}

export interface Setting {
  readonly key: string;
  /** As JSON: durations in milliseconds. */
  readonly value: unknown;
  readonly says: string;
  readonly from: Origin;
}

/** `default`: built in, the file says nothing. `emulator`: an emulator stands in for what the file says. */
export type Origin = 'default' | 'emulator' | Place;
