import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Format } from './lines.ts';

/** Gauges of prom-client whose names end in `_total`, which is a counter's: promtool refuses them. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/**
 * What Node programs tell of themselves, by the names they share: memory, CPU, event loop, garbage collection. The one file that knows
 * prom-client, which brings them; what is counted on every call is counted by ourselves, see `count.ts`.
 */
export class ProcessMetrics {
  readonly #registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of misnamed) this.#registry.removeSingleMetric(name);
  }

  /** As they are now. */
  async text(format: Format): Promise<string> {
    const text = (await this.#registry.metrics()).replace(/\n+/g, '\n');
    // See `head` in lines.ts. prom-client writes OpenMetrics too, but then changes the names of its metrics for good.
    return format === 'text' ? text : text.replace(/^(# (?:HELP|TYPE) \S+)_total /gm, '$1 ');
  }
}
