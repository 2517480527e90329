import type { Clock } from '../../call.ts';
import type { Consumer } from '../../consumer.ts';
import type { PlaneContext } from '../../http/plane.ts';
import type { Reveal } from '../../upstream.ts';
import type { BreakerControl } from '../breakers.ts';
import type { CacheControl } from '../cache.ts';
import type { FunctionControl } from '../functions.ts';
import type { UsageControl } from '../usage.ts';
import type { Advised } from './advice-section.ts';
import type { Explained, Trial } from './feed.ts';
import type { Html, Shell } from './layout.ts';
import type { TrialAsked } from './trial.ts';

/** The configuration that calls are served by. */
export interface ConfigurationInForce {
  /** It rises with each one that is swapped in, from 1. */
  readonly generation: number;
  /** Where it was read from. */
  readonly source: string;
  /** Milliseconds since 1970. */
  readonly loadedAtMs: number;
  /** Secrets among it do not show themselves: as JSON each is a mark. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** A changed one was refused since: the problems, a line each. */
  readonly refused: readonly string[];
}

/** What an operator did by the console. Nothing of an event, and no key. */
export type Act =
  | { readonly kind: 'try'; readonly function: string; readonly status: number }
  | { readonly kind: 'breaker'; readonly function: string; readonly state: 'open' | 'closed' | 'auto' }
  | { readonly kind: 'purge'; readonly function: string; readonly count: number; readonly everywhere: boolean };

export interface CallToExplain {
  readonly function: string;
  readonly consumer: string;
  readonly body: Buffer;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Told of who comes and goes, for the log. */
export type OnEntry = (what: 'signed in' | 'signed out' | 'wrong token' | 'too many wrong tokens', from: string | undefined) => void;

/** What the console shows and does beyond what is under `/admin`. */
export interface ConsoleControl {
  /** In the order of the file. */
  consumers(): readonly Consumer[];
  configuration(): ConfigurationInForce;
  /** Calls a function by the data plane. */
  trial(asked: TrialAsked): Promise<Trial>;
  /** What the gateway would do with a call, and why. Undefined: it cannot say. */
  readonly explain?: (asked: CallToExplain) => Promise<Explained | undefined>;
  /** What a function's memory should be. Undefined: nothing can be said. */
  readonly advise?: (name: string) => Advised | undefined;
  /** Told of what an operator did, for the log. */
  onActed(act: Act, by: { readonly requestId: string; readonly from: string | undefined }): void;
  readonly onEntry: OnEntry;
  readonly clock: Clock;
  /** Ends the streams to open pages. */
  readonly ending: AbortSignal;
}

export interface ConsoleParts extends ConsoleControl {
  readonly functions: FunctionControl;
  readonly breakers: BreakerControl;
  readonly cache: CacheControl;
  readonly usage: UsageControl;
  readonly token: Reveal | undefined;
}

/** Makes the answer of a page of its content and what stands around it. */
export type ShowPage = (
  c: PlaneContext,
  around: Pick<Shell, 'title' | 'page' | 'script' | 'events'>,
  content: Html,
  status?: 200 | 403 | 404 | 429,
) => Response | Promise<Response>;
