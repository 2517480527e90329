import type { KeptResult } from '../../src/cache/store.ts';
import type { Clock } from '../../src/call.ts';

/** A result that lives for a minute from now, with what a test cares about put in its place. */
export function resultOf(body: string | Buffer, clock: Clock, changes: Partial<KeptResult> = {}): KeptResult {
  const nowMs = clock.epochMs();
  const headers = { 'content-type': 'application/json' };
  return {
    status: 200,
    headers,
    body: Buffer.from(body),
    storedAtMs: nowMs,
    freshUntilMs: nowMs + 60_000,
    keptUntilMs: nowMs + 60_000,
    mayBeStale: true,
    tookMs: 5,
    billedMbMs: 12_800,
    ...changes,
  };
}
