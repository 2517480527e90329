/** What the scripted upstream does with a call of a function, once it has read the request. */
export type Behaviour =
  /** A result after `afterMs`; of each 100 calls `failuresPer100`, at random places, are a service error instead. */
  | { readonly kind: 'answer'; readonly afterMs: number; readonly failuresPer100?: number }
  /** As FunctionGraph with a limit: a result after `afterMs`, and 429 at once beyond `places` in flight. */
  | { readonly kind: 'limited'; readonly afterMs: number; readonly places: number }
  /** Of each 100 calls, `cutsPer100` end in a connection that is cut; the others have a result at once. */
  | { readonly kind: 'cut'; readonly cutsPer100: number }
  /** A result after `afterMs` that no other call has: it says which execution of the function it is of. */
  | { readonly kind: 'numbered'; readonly afterMs: number }
  /** The request itself as the result, but for what names the one call. */
  | { readonly kind: 'echo' }
  /** Nothing ever comes back. */
  | { readonly kind: 'mute' }
  | { readonly kind: 'broken'; readonly how: Breakage };

/** Answers that are none. */
export type Breakage = 'body_cut' | 'garbage' | 'huge' | 'gzip_bomb';

/** One request as the upstream saw it. Times as of `monotonicMs`. */
export interface Execution {
  readonly requestId: string;
  /** The function's name. */
  readonly name: string;
  /** The connection had carried a request before. */
  readonly reused: boolean;
  readonly startedAtMs: number;
  /** Undefined while it runs. */
  endedAtMs: number | undefined;
  /** How it ended, if it has. `left`: the gateway closed the connection before there was an answer. */
  ending: 'answered' | 'cut' | 'left' | undefined;
}

/** What the upstream's thread is told and asked. */
export type Order = { readonly kind: 'behave'; readonly name: string; readonly behaviour: Behaviour } | { readonly kind: 'report' };

export interface Report {
  readonly executions: readonly Execution[];
  readonly openSockets: number;
}
