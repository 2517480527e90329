import type { BreakerControl } from './admin/breakers.ts';
import type { CacheControl } from './admin/cache.ts';
import type { ExplainControl } from './admin/explain.ts';
import type { UsageControl } from './admin/usage.ts';
import type { KeptResults } from './cache/kept-results.ts';
import { lookFor } from './cache/look.ts';
import type { Consumer } from './consumer.ts';
import type { Engine } from './engine.ts';
import type { Quota } from './quota/quota.ts';
import type { Log } from './telemetry/log.ts';
import type { Usage } from './usage/usage.ts';

export interface ControlsParts {
  readonly results: KeptResults;
  readonly quota: Quota;
  readonly usage: Usage;
  readonly log: Log;
  /** Of the configuration in force. */
  readonly engine: () => Engine;
  readonly consumers: () => readonly Consumer[];
}

export interface Controls {
  readonly breakers: BreakerControl;
  readonly cache: CacheControl;
  readonly usage: UsageControl;
  readonly explain: ExplainControl;
}

/** What the admin plane may ask and do: of the configuration that is in force when it does. */
export function controlsOf({ results, quota, usage, log, engine, consumers }: ControlsParts): Controls {
  return {
    breakers: {
      list: () => engine().breakers.list(),
      force: (name, to) => engine().breakers.force(name, to),
    },
    cache: {
      purge: (what) => results.purge(what),
      async look(call) {
        const target = engine()
          .gateway.functions()
          .find(({ name }) => name === call.function);
        return target && lookFor(results, target, call);
      },
      onPurged(what, purged, by) {
        // A field named `key` would be taken for a secret.
        const { key: result, ...scope } = what;
        log.info({ ...scope, result, ...purged, ...by }, 'kept results were purged');
      },
    },
    usage: {
      today: () => usage.today(),
      usageOf: (consumer, range) => usage.usageOf(consumer, range),
      costs: (asked) => usage.costs(asked),
      async limits(id) {
        const consumer = consumers().find((each) => each.id === id);
        return consumer && quota.states(consumer);
      },
    },
    explain: { explain: (call) => engine().explain(call) },
  };
}
