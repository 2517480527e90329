import type { KnownKey } from './consumer.ts';

/** When something that lets somebody in ends. */
export interface Expiry {
  readonly kind: 'api_key' | 'iam_token';
  /** The id of the consumer, or of the upstream. */
  readonly holder: string;
  readonly atEpochMs: number;
}

/** Of each consumer the first of its keys to end that is still good, and of each upstream its token: for metrics. */
export function expiriesOf(keys: readonly KnownKey[], tokens: ReadonlyMap<string, number>, nowEpochMs: number): Expiry[] {
  const first = new Map<string, number>();
  for (const { consumer, expiresAtMs } of keys) {
    if (expiresAtMs === undefined || expiresAtMs <= nowEpochMs) continue;
    first.set(consumer, Math.min(expiresAtMs, first.get(consumer) ?? Number.POSITIVE_INFINITY));
  }
  return [
    ...[...first].map(([holder, atEpochMs]) => ({ kind: 'api_key' as const, holder, atEpochMs })),
    ...[...tokens].map(([holder, atEpochMs]) => ({ kind: 'iam_token' as const, holder, atEpochMs })),
  ];
}
