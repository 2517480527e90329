import type { Call, Outcome } from './call.ts';
import type { Consumer } from './consumer.ts';
import { mbMsOf } from './quota/estimates.ts';
import type { Quota } from './quota/quota.ts';
import type { Metrics, WasteReason } from './telemetry/metrics.ts';
import type { Usage } from './usage/usage.ts';

export interface BillingParts {
  readonly consumers: readonly Consumer[];
  readonly quota: Quota;
  readonly usage: Usage;
  readonly metrics: Metrics;
}

/** Who pays for what: every execution that was billed goes to limits and reports, and what answered nobody is counted apart as well. */
export class Billing {
  readonly #parts: BillingParts;
  readonly #consumers: ReadonlyMap<string, Consumer>;
  /** By function, from its last summary. */
  readonly #memoryMb = new Map<string, number>();

  constructor(parts: BillingParts) {
    this.#parts = parts;
    this.#consumers = new Map(parts.consumers.map((consumer) => [consumer.id, consumer]));
  }

  /** After every request to FunctionGraph: what its summary says is charged at once, whatever becomes of the call. */
  attempted(call: Call, outcome: Outcome, tookMs: number): void {
    const { quota, usage } = this.#parts;
    const { name } = call.target;
    const summary = 'answer' in outcome ? outcome.answer.summary : undefined;
    if (summary !== undefined) {
      const mbMs = mbMsOf(summary);
      this.#memoryMb.set(name, summary.memorySizeMb);
      quota.estimates.learn(name, mbMs);
      usage.record(call.consumer, name, { executions: 1, mbMs });
      const consumer = this.#consumers.get(call.consumer);
      if (consumer) void quota.charge(consumer, name, { mbMs });
      return;
    }
    // No summary comes of these: what is known is for how long it ran, and the function's memory.
    const memoryMb = this.#memoryMb.get(name) ?? 0;
    if (outcome.kind === 'timeout' && outcome.sent) this.#waste(call, 'timeout', tookMs * memoryMb);
    if (outcome.kind === 'abandoned') this.#waste(call, 'client_closed', tookMs * memoryMb);
  }

  /** An attempt that came to `outcome` is repeated by another one. */
  repeated(call: Call, outcome: Outcome): void {
    const summary = 'answer' in outcome ? outcome.answer.summary : undefined;
    if (summary !== undefined) this.#waste(call, 'retry', mbMsOf(summary));
  }

  /** A call was accepted and is over; `kept`: what is kept answered it. */
  served({ consumer, target }: Call, kept: boolean): void {
    this.#parts.usage.record(consumer, target.name, kept ? { requests: 1, kept: 1 } : { requests: 1 });
  }

  #waste({ consumer, target }: Call, reason: WasteReason, mbMs: number): void {
    const wastedMbMs = Math.round(mbMs);
    if (wastedMbMs === 0) return;
    this.#parts.metrics.wasted(target, reason, wastedMbMs);
    this.#parts.usage.record(consumer, target.name, { wastedMbMs });
  }
}
