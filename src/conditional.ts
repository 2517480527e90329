import { hash } from 'node:crypto';
import type { Answer } from './call.ts';
import type { Reply } from './reply.ts';

/** An answer with its validator; one that the caller has already is a 304 without a body. */
export interface Conditional {
  readonly reply: Reply;
  readonly etag?: string;
}

/** Gives a 200 its `ETag`, and answers `If-None-Match` (RFC 9110 section 13.1.2). Other answers have none: they are nothing to keep. */
export function conditional(reply: Reply, ifNoneMatch: string | undefined): Conditional {
  if (reply.kind !== 'answer' || reply.label !== 'ok' || reply.answer.status !== 200) return { reply };
  const etag = etagOf(reply.answer);
  if (ifNoneMatch === undefined || !matches(ifNoneMatch, etag)) return { reply, etag };
  return { reply: { ...reply, answer: { status: 304, headers: {}, body: Buffer.alloc(0), summary: undefined } }, etag };
}

/** Strong: equal only where body and what describes it are equal, whichever gateway computed it. */
function etagOf({ headers, body }: Answer): string {
  const described = ['content-type', 'content-encoding', 'content-language'].map((name) => headers[name] ?? '').join('\n');
  return `"${hash('sha256', Buffer.concat([Buffer.from(`${described}\n`), body]), 'base64url')}"`;
}

/** The weak comparison, which If-None-Match asks for: `W/` does not count. Our tags hold no comma. */
function matches(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
