import type { Call, Target } from '../../src/call.ts';
import { callOf as anyCallOf, cachePolicyOf, targetOf } from '../support/calls.ts';

type Over = Partial<Omit<Call, 'target'>> & { readonly target?: Partial<Target> };

/** A call of a function whose results are kept, with what a test cares about put in its place. */
export function callOf(event: string | Buffer, { target = {}, ...over }: Over = {}): Call {
  const kept = targetOf({ idempotent: true, cache: cachePolicyOf(), ...target });
  return anyCallOf({ target: kept, consumer: 'billing', event: Buffer.from(event), ...over });
}
