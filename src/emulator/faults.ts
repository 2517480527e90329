import { authenticationError, type ServiceError, serviceErrors } from './service-error.ts';

/** Answers that come instead of a run: nothing is billed. */
const refusals: Readonly<Record<string, ServiceError>> = {
  '401': authenticationError('The token must be updated'),
  '429': serviceErrors.tooManyRequests,
  '500': serviceErrors.internal,
  '503': serviceErrors.unavailable,
  'apigw-429': serviceErrors.gatewayThrottled,
  disabled: serviceErrors.functionDisabled,
};

/** What becomes of the answer of a run, which is billed all the same. */
export const spoils = ['reset-after', 'truncate', 'garbage', 'user-error-200', 'user-error-500', 'bad-summary'] as const;
export type Spoil = (typeof spoils)[number];

const kinds = [...Object.keys(refusals), 'reset', ...spoils, 'latency', 'cold-start'];

type Effect =
  | { readonly kind: 'refuse'; readonly error: ServiceError; readonly share: number }
  | { readonly kind: 'reset'; readonly share: number }
  | { readonly kind: 'spoil'; readonly spoil: Spoil; readonly share: number }
  | { readonly kind: 'latency'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'cold-start'; readonly delayMs: number };

/** One thing that is to go wrong, and where. */
export interface Fault {
  /** As it was written, see {@link parseFault}. */
  readonly spec: string;
  /** Of one function, or of all. */
  readonly functionName: string | undefined;
  readonly effect: Effect;
}

export type FaultResult = { readonly ok: true; readonly fault: Fault } | { readonly ok: false; readonly detail: string };

/**
 * Reads `[FUNCTION:]KIND[=VALUE]`: `429=0.1`, `hello:reset`, `latency=50ms..2s`, `cold-start=1s`.
 * The value of `latency` and `cold-start` is a duration in `ms` or `s`, of every other kind a share of the calls, 1 by default.
 */
export function parseFault(spec: string): FaultResult {
  const match = /^(?:([A-Za-z][\w-]*):)?([a-z0-9-]+)(?:=(.*))?$/.exec(spec);
  if (match === null) return refuse(spec, 'a fault is [FUNCTION:]KIND[=VALUE], such as "429=0.1" or "hello:latency=200ms"');
  const [, functionName, kind, value] = match as unknown as [string, string | undefined, string, string | undefined];
  if (!kinds.includes(kind)) return refuse(spec, `its kind is "${kind}", allowed are ${kinds.join(', ')}`);
  const effect = kind === 'latency' || kind === 'cold-start' ? timed(kind, value) : shared(kind, value);
  return typeof effect === 'string' ? refuse(spec, effect) : { ok: true, fault: { spec, functionName, effect } };
}

/** What is wrong with faults of functions that are not there, a line each. */
export function strayFaults(faults: readonly Fault[], functions: ReadonlyMap<string, unknown>): string[] {
  return faults.flatMap(({ spec, functionName }) => {
    if (functionName === undefined || functions.has(functionName)) return [];
    return [`the fault "${spec}" cannot be used: its function is "${functionName}", allowed are ${[...functions.keys()].join(', ')}`];
  });
}

function refuse(spec: string, why: string): FaultResult {
  return { ok: false, detail: `the fault "${spec}" cannot be read: ${why}` };
}

function timed(kind: 'latency' | 'cold-start', value: string | undefined): Effect | string {
  const [from, to, ...more] = (value ?? '').split('..').map(durationMs);
  const rule = kind === 'latency' ? 'a duration or a range, such as "200ms" or "50ms..2s"' : 'a duration, such as "1s"';
  const wrong = `the value of ${kind} is "${value ?? ''}", allowed is ${rule}`;
  if (from === undefined || more.length > 0) return wrong;
  if (kind === 'cold-start') return value!.includes('..') ? wrong : { kind, delayMs: from };
  if (!value!.includes('..')) return { kind, minMs: from, maxMs: from };
  return to === undefined || to < from ? wrong : { kind, minMs: from, maxMs: to };
}

function durationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}

function shared(kind: string, value = '1'): Effect | string {
  const share = /^\d*\.?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(share >= 0 && share <= 1)) return `the value of ${kind} is "${value}", allowed is a share of the calls from 0 to 1`;
  const error = refusals[kind];
  if (error !== undefined) return { kind: 'refuse', error, share };
  const spoil = spoils.find((name) => name === kind);
  return spoil === undefined ? { kind: 'reset', share } : { kind: 'spoil', spoil, share };
}

/** What goes wrong in one call. */
export interface Mishap {
  readonly delayMs: number;
  readonly coldStartMs: number;
  /** In place of running. */
  readonly before: ServiceError | 'reset' | undefined;
  /** After running. */
  readonly after: Spoil | undefined;
}

/**
 * Decides for one call. Of several faults that hit, the first written counts; latencies add up.
 * Each fault draws one number whatever the others do, so that adding a fault at the end does not change the earlier ones.
 *
 * @param random 0 inclusive to 1 exclusive
 */
export function draw(faults: readonly Fault[], functionName: string, random: () => number): Mishap {
  let delayMs = 0;
  let coldStartMs = 0;
  let before: Mishap['before'];
  let after: Mishap['after'];
  for (const fault of faults) {
    if (fault.functionName !== undefined && fault.functionName !== functionName) continue;
    const { effect } = fault;
    const drawn = random();
    if (effect.kind === 'latency') delayMs += effect.minMs + drawn * (effect.maxMs - effect.minMs);
    else if (effect.kind === 'cold-start') coldStartMs += effect.delayMs;
    else if (drawn >= effect.share) continue;
    else if (effect.kind === 'spoil') after ??= effect.spoil;
    else before ??= effect.kind === 'refuse' ? effect.error : 'reset';
  }
  return { delayMs, coldStartMs, before, after };
}
