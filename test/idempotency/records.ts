import type { Claim, Finished, StoredReply } from '../../src/idempotency/store.ts';

let claims = 0;

/** A claim of its own, which lasts for 35 seconds, with what a test cares about put in its place. */
export function claimOf(changes: Partial<Claim> = {}): Claim {
  claims++;
  return { token: `token-${claims}`, fingerprint: 'value:1', requestId: `request-${claims}`, lastsMs: 35_000, ...changes };
}

export function answerReply(body: string | Buffer = '{"n":1}', changes: { status?: number; headers?: Record<string, string> } = {}) {
  const headers = { 'content-type': 'application/json' };
  return { kind: 'answer', status: 200, headers, ...changes, body: Buffer.from(body) } satisfies StoredReply;
}

export const problemReply: StoredReply = {
  kind: 'problem',
  requestId: 'request-of-the-first',
  problem: { code: 'upstream_unreachable', detail: 'reset', retryAfterMs: 1_500, proxyError: 'connection_terminated' },
};

export function finishedOf(reply: StoredReply = answerReply()): Finished {
  return { fingerprint: 'value:1', reply };
}
