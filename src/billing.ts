import { type Call, mbMsOf, type Outcome, summaryOf } from './call.ts';
import type { Consumer } from './consumer.ts';
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

  constructor(parts: BillingParts) {
    this.#parts = parts;
    this.#consumers = new Map(parts.consumers.map((consumer) => [consumer.id, consumer]));
  }

  /** After every request to FunctionGraph: what its summary says is charged at once, whatever becomes of the call. */
  attempted(call: Call, outcome: Outcome, tookMs: number): void {
    const { estimates } = this.#parts.quota;
    const { name } = call.target;
    const summary = summaryOf(outcome);
    if (summary !== undefined) {
      const mbMs = mbMsOf(summary);
      estimates.learn(name, mbMs, summary.memorySizeMb);
      this.#charge(call, { mbMs, wastedMbMs: 0 });
      return;
    }
    // No summary comes of these: what is known is for how long it ran, and the function's memory.
    const reason = lostBecause(call, outcome);
    if (reason === undefined) return;
    const mbMs = Math.round(tookMs * estimates.memoryMbOf(name));
    this.#parts.metrics.wasted(call.target, reason, mbMs);
    this.#charge(call, { mbMs, wastedMbMs: mbMs });
  }

  /** An attempt that came to `outcome` is repeated by another one. */
  repeated({ consumer, target }: Call, outcome: Outcome): void {
    const summary = summaryOf(outcome);
    if (summary === undefined) return;
    const wastedMbMs = mbMsOf(summary);
    this.#parts.metrics.wasted(target, 'retry', wastedMbMs);
    this.#parts.usage.record(consumer, target.name, { wastedMbMs });
  }

  /** A call was accepted and is over; `kept`: what is kept answered it. */
  served({ consumer, target }: Call, kept: boolean): void {
    this.#parts.usage.record(consumer, target.name, kept ? { requests: 1, kept: 1 } : { requests: 1 });
  }

  #charge({ consumer: id, target: { name }, tally }: Call, use: { readonly mbMs: number; readonly wastedMbMs: number }): void {
    tally.executions += 1;
    tally.billedMbMs += use.mbMs;
    this.#parts.usage.record(id, name, { executions: 1, ...use });
    const consumer = this.#consumers.get(id);
    if (consumer) void this.#parts.quota.charge(consumer, name, use);
  }
}

/** Why an attempt that was sent has no summary and never will. */
function lostBecause({ tally }: Call, outcome: Outcome): WasteReason | undefined {
  if (outcome.kind === 'timeout') return outcome.sent ? 'timeout' : undefined;
  return outcome.kind === 'abandoned' && tally.mayHaveRun ? 'client_closed' : undefined;
}
