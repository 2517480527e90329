import type { Found } from '../cache/kept-results.ts';
import type { Keyed } from '../cache/key.ts';
import type { CachePolicy, Call, Target } from '../call.ts';
import type { Consumer } from '../consumer.ts';
import type { Admission } from '../quota/quota.ts';
import type { BreakerStatus, Outlook } from '../resilience/circuit.ts';
import type { Standing } from '../resilience/concurrency.ts';

/** What a running gateway holds at the moment, to look at only: nothing changes for the asking. */
export interface State {
  /** Of the calls that are shed because the gateway cannot keep up, 0 to 1. */
  shed(): number;
  /** What the consumer's limits would say. */
  foresee(consumer: Consumer, functionName: string): Promise<Admission>;
  keyOf(call: Keyed): string | undefined;
  peek(key: string, policy: CachePolicy): Promise<Found | undefined>;
  /** Whether an identical call is under way that this one would wait for. */
  wouldShare(call: Call, key: string): boolean;
  circuit(name: string): { readonly status: BreakerStatus; readonly outlook: Outlook };
  standing(target: Target): Standing;
  /** Repeats that the budgets cover. */
  repeatsLeft(target: Target): number;
  /** What an execution will be billed for. */
  estimate(name: string): { readonly mbMs: number; readonly learned: boolean };
}
