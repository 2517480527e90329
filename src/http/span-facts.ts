import type { Arrival } from '../accept.ts';
import type { Measured } from '../gateway.ts';
import { statusOf } from '../reply.ts';
import type { Facts } from '../span.ts';

/** What a trace tells of a request as a whole. */
export function factsOf({ requestId }: Arrival, { reply, consumer, call, looked, tier, replayed }: Measured): Facts['call'] {
  return {
    requestId,
    status: reply.kind === 'left' ? undefined : statusOf(reply),
    outcome: reply.label,
    problem: reply.kind === 'problem' ? reply.problem.code : undefined,
    consumer,
    function: call?.target.name,
    attempts: call?.tally.attempts,
    cache: looked,
    tier,
    replayed: replayed ?? false,
  };
}
