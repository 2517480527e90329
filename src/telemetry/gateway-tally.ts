import type { Pricing } from '../call.ts';
import { Counts } from './count.ts';
import type { FunctionTally } from './function-tally.ts';
import type { Series } from './series.ts';

/** The places of one function, as they are now. */
export interface Places {
  readonly function: string;
  readonly inFlight: number;
  readonly queued: number;
  /** How many may be in flight. */
  readonly limit: number;
}

/** What is left of a consumer's limit, in the limit's unit. */
export interface Remaining {
  readonly consumer: string;
  readonly limit: string;
  readonly remaining: number;
  /** Of which it is left. */
  readonly amount: number;
}

/** When something that lets somebody in ends: an API key of a consumer, the IAM token of an upstream. */
export interface Expiry {
  readonly kind: string;
  /** The id of the consumer, or of the upstream. */
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly atEpochMs: number;
}

/** What a scrape asks for, of the configuration in force. */
export interface Watched {
  /** The places of every function that has been called. */
  places(): Iterable<Places>;
  /** What is left of every limit, as far as it is known here. */
  limits(): Iterable<Remaining>;
  expiries(): Iterable<Expiry>;
}

/** What the gateway counts beside its functions, and what it knows. */
export class GatewayTally extends Counts {
  readonly functions = new Map<string, FunctionTally>();
  readonly dependencies = new Map<string, boolean>();
  /** By reason. */
  readonly redisFaults = this.count(1);
  /** By upstream. */
  readonly credentialsRefused = this.count(1);
  /** By consumer, limit, decision. */
  readonly limitDecisions = this.count(3, 2);
  /** By consumer, limit. */
  readonly limitWarnings = this.count(2, 2);
  watched: Watched = { places: () => [], limits: () => [], expiries: () => [] };
  shed = 0;
  configGeneration = 1;
  lastReloadSucceeded = true;
  readonly version: string;
  /** Undefined: nothing is shown in money. */
  readonly pricing: Pricing | undefined;

  constructor(series: Series, version: string, pricing: Pricing | undefined) {
    super(series);
    this.version = version;
    this.pricing = pricing;
  }

  get room(): Series {
    return this.series;
  }
}
