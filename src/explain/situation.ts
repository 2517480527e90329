import type { Found } from '../cache/kept-results.ts';
import type { Call, Pricing, Problem, Target } from '../call.ts';
import type { Consumer } from '../consumer.ts';
import type { Admission } from '../quota/quota.ts';
import type { BreakerStatus, Outlook } from '../resilience/circuit.ts';
import type { Standing } from '../resilience/concurrency.ts';
import type { Upstream } from '../upstream.ts';

/** A call that might come, as far as the path would know of it. */
export interface Situation {
  readonly target: Target;
  readonly upstream: Upstream;
  readonly consumer: Consumer;
  readonly pricing: Pricing | undefined;
  readonly eventBytes: number;
  /** Undefined: the request would not become a call, since `notAccepted`. */
  readonly call: Call | undefined;
  readonly notAccepted: Problem | undefined;
  /** Where its result would be kept; undefined: nowhere. */
  readonly key: string | undefined;
  /** Undefined: no gateway was asked. */
  readonly now: Now | undefined;
}

/** What a gateway holds at the moment. */
export interface Now {
  readonly epochMs: number;
  readonly shed: number;
  readonly admission: Admission;
  readonly found: Found | undefined;
  /** An identical call is under way whose answer it would get, where nothing that is kept answers it. */
  readonly shares: boolean;
  readonly circuit: { readonly status: BreakerStatus; readonly outlook: Outlook };
  readonly standing: Standing;
  readonly repeatsLeft: number;
  readonly estimate: { readonly mbMs: number; readonly learned: boolean };
}
