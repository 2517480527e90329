import { type AdminPlaneParts, adminPlane } from '../../src/admin/app.ts';
import { Health } from '../../src/health.ts';
import { type Listening, listen } from '../../src/http/server.ts';
import { History } from '../../src/telemetry/history.ts';
import { FakeClock } from './clock.ts';
import { newMetrics } from './metrics.ts';

const nothingUsed = { complete: true, total: { requests: 0, kept: 0, executions: 0, gbSeconds: 0, wastedGbSeconds: 0 }, rows: [] };

/** What an admin plane is made of; what is not given is that of a gateway without functions, which nobody has called. */
export function adminParts(over: Partial<AdminPlaneParts> = {}): AdminPlaneParts {
  return {
    metrics: newMetrics(),
    health: new Health(),
    functions: {
      targets: () => [],
      find: () => undefined,
      failuresOf: () => [],
      versionsOf: () => new Map(),
      history: new History({ numbers: () => [], clock: new FakeClock() }),
      pricing: undefined,
    },
    console: {
      consumers: () => [],
      configuration: () => ({
        generation: 1,
        source: 'runway.yaml',
        loadedAtMs: 0,
        settings: { functions: [], consumers: [], upstreams: [] },
        refused: [],
      }),
      trial: () => Promise.reject(new Error('there is nothing to try')),
      onActed: () => undefined,
      onEntry: () => undefined,
      clock: new FakeClock(),
      ending: new AbortController().signal,
    },
    breakers: { list: () => [], force: () => false },
    cache: { purge: async () => ({ count: 0, everywhere: true }), look: async () => undefined, onPurged: () => undefined },
    usage: {
      today: () => '2026-11-03',
      usageOf: async (_consumer, { from, to }) => ({ from, to, ...nothingUsed }),
      costs: async ({ from, to }) => ({ from, to, ...nothingUsed }),
      limits: () => undefined,
    },
    advice: { adviceFor: async () => ({ since: '2026-11-03T00:00:00.000Z', executions: 0, functions: [] }) },
    explain: { explain: async () => undefined },
    token: undefined,
    onFault: () => undefined,
    ...over,
  };
}

/** The same on a port of its own. */
export function startAdminPlane({
  token,
  ...over
}: Partial<Omit<AdminPlaneParts, 'token'>> & { token?: string | undefined } = {}): Promise<Listening> {
  const parts = adminParts({ ...over, token: token === undefined ? undefined : { reveal: () => token } });
  return listen(adminPlane(parts), { host: '127.0.0.1', port: 0 });
}
