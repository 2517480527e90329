import type { Call, Target } from '../../src/call.ts';

/** A call of a function whose results are kept, with what a test cares about put in its place. */
export function callOf(
  event: string | Buffer,
  { target = {}, ...rest }: Partial<Omit<Call, 'target'>> & { target?: Partial<Target> } = {},
): Call {
  return {
    requestId: 'request-1',
    target: {
      name: 'hello',
      description: undefined,
      urn: 'urn:fss:cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b:function:default:hello:latest',
      version: 'latest',
      upstream: 'main',
      idempotent: true,
      timeoutMs: 30_000,
      retry: { attempts: 3, on: [429, 500], backoff: { baseMs: 100, maxMs: 2_000 } },
      breaker: { failureRatio: 0.5, minimumRequests: 20, windowMs: 10_000, openForMs: 5_000 },
      cache: { ttlMs: 60_000, scope: 'consumer', vary: [] },
      ...target,
    },
    consumer: 'billing',
    event: Buffer.from(event),
    wantsLog: false,
    varied: [],
    trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: undefined },
    acceptedAtMs: 0,
    deadlineAtMs: 30_000,
    tally: { attempts: 0, upstreamMs: 0 },
    ...rest,
  };
}
