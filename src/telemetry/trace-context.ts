import type { TraceContext } from '../call.ts';

/** W3C Trace Context Level 1, "traceparent Header Field Values": version, trace id, parent id, flags. */
const traceparentForm = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const traceparentLength = 55;
const sampledFlag = 1;

/** The same, "list-members": a key and a value. A value holds no comma and no "=", and does not end with a space. */
const memberForm =
  /^(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const maxMembers = 32;
/** "Tracestate Limits": so much must go on; beyond it long members are left out first, then the last ones. */
const maxTracestateChars = 512;
const longMemberChars = 128;

/** Continues the caller's trace for a request that came just now, or begins one. */
export type BeginTrace = (method: string, traceparent: string | undefined, tracestate: string | undefined) => TraceContext;

/** What a caller says of its trace. */
export interface CallersTrace {
  readonly traceId: string;
  readonly parentId: string;
  /** 1: it records the trace, or may do so. */
  readonly sampled: 0 | 1;
  readonly tracestate: string | undefined;
}

/**
 * The trace context that goes upstream while the gateway records no spans: the caller's trace with the gateway as the new parent, or a new
 * trace when there is none that can be read, which is not marked as sampled.
 */
export function continueTrace(
  traceparent: string | undefined,
  tracestate: string | undefined,
  randomBytes: (count: number) => Buffer,
): TraceContext {
  const trace = readTrace(traceparent, tracestate);
  if (trace === undefined) {
    // Both in one text: to write the digits of each costs as much as to write those of both.
    const digits = randomBytes(24).toString('hex');
    return { traceparent: traceparentOf(idOf(digits.slice(0, 32)), idOf(digits.slice(32)), 0), tracestate: undefined };
  }
  const spanId = idOf(randomBytes(8).toString('hex'));
  return { traceparent: traceparentOf(trace.traceId, spanId, trace.sampled), tracestate: trace.tracestate };
}

/** Undefined: there is none, or none that can be read. */
export function readTrace(traceparent: string | undefined, tracestate: string | undefined): CallersTrace | undefined {
  const [, version, traceId, parentId, flags] = traceparentForm.exec(traceparent ?? '') ?? [];
  // "Versioning of traceparent": only a later version may be longer; its first fields are read, and it goes on as version 00.
  const readable = traceId !== undefined && (version !== '00' || traceparent?.length === traceparentLength);
  if (!readable) return undefined;
  const sampled = Number.parseInt(flags!, 16) & sampledFlag ? 1 : 0;
  return { traceId, parentId: parentId!, sampled, tracestate: readTracestate(tracestate) };
}

export function traceparentOf(traceId: string, spanId: string, sampled: 0 | 1): string {
  return `00-${traceId}-${spanId}-0${sampled}`;
}

/** The id of a trace that is recorded somewhere: what can be looked up. */
export function sampledTraceId({ traceparent }: TraceContext): string | undefined {
  return Number.parseInt(traceparent.slice(53), 16) & sampledFlag ? traceparent.slice(3, 35) : undefined;
}

/** The members that go on, or `undefined` when there are none or any of them cannot be read. */
function readTracestate(tracestate: string | undefined): string | undefined {
  const members = (tracestate ?? '')
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  const valid = members.length <= maxMembers && keys.size === members.length && members.every((member) => memberForm.test(member));
  return valid ? shortened(members) : undefined;
}

function shortened(members: readonly string[]): string | undefined {
  const joined = members.join(',');
  if (joined.length <= maxTracestateChars) return joined === '' ? undefined : joined;
  const kept = members.filter((member) => member.length <= longMemberChars);
  while (kept.join(',').length > maxTracestateChars) kept.pop();
  return kept.length === 0 ? undefined : kept.join(',');
}

const zeroes = '0'.repeat(32);

/** An id of all zeroes is invalid, and as likely as any other. */
function idOf(digits: string): string {
  return zeroes.startsWith(digits) ? `${digits.slice(1)}1` : digits;
}
