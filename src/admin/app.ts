import { accepts } from 'hono/accepts';
import type { Health } from '../health.ts';
import { newPlane, only, type Plane, requestIdOf } from '../http/plane.ts';
import { contentTypes } from '../telemetry/lines.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Reveal } from '../upstream.ts';
import { guard } from './access.ts';
import { type AdviceControl, routeAdvice } from './advice.ts';
import { type BreakerControl, routeBreakers } from './breakers.ts';
import { type CacheControl, routeCache } from './cache.ts';
import { routeConsole } from './console/console.ts';
import type { ConsoleControl } from './console/control.ts';
import { type ExplainControl, routeExplain } from './explain.ts';
import { type FunctionControl, routeFunctions } from './functions.ts';
import { routeRunbook } from './runbook/runbook.ts';
import { routeUsage, type UsageControl } from './usage.ts';

export interface AdminPlaneParts {
  readonly metrics: Metrics;
  readonly health: Health;
  readonly functions: FunctionControl;
  readonly breakers: BreakerControl;
  readonly cache: CacheControl;
  readonly usage: UsageControl;
  readonly advice: AdviceControl;
  readonly explain: ExplainControl;
  readonly console: ConsoleControl;
  /** Opens what is under `/admin` and `/console`. Undefined: open to this machine alone. */
  readonly token: Reveal | undefined;
  /** A fault of our own, for the log. */
  readonly onFault: (fault: unknown, requestId: string) => void;
}

/**
 * The routes of the admin plane: metrics, health and the runbook, served to anybody who reaches its port, `/admin`, see `access.ts`, and
 * `/console`, see `console/entry.ts`.
 */
export function adminPlane(parts: AdminPlaneParts): Plane {
  const { metrics, health, functions, breakers, cache, usage, advice, explain, token, onFault } = parts;
  const app = newPlane(health, onFault);
  app.get('/metrics', (c) => {
    // Exemplars exist in OpenMetrics alone; what does not ask for it gets what everything reads.
    const format = accepts(c, metricsTypes) === 'application/openmetrics-text' ? 'openmetrics' : 'text';
    const text = ReadableStream.from(metrics.exposition(format)).pipeThrough(new TextEncoderStream());
    return new Response(text, { headers: { 'content-type': contentTypes[format], 'x-request-id': requestIdOf(c), vary: 'accept' } });
  });
  app.all('/metrics', only('GET, HEAD'));
  routeRunbook(app);
  guard(app, token, (from) => parts.console.onEntry('wrong token', from));
  routeFunctions(app, functions);
  routeBreakers(app, breakers);
  routeCache(app, cache);
  routeUsage(app, usage);
  routeAdvice(app, advice);
  routeExplain(app, explain);
  routeConsole(app, { ...parts.console, functions, breakers, cache, usage, token });
  return app;
}

const metricsTypes: Parameters<typeof accepts>[1] = {
  header: 'Accept',
  supports: ['text/plain', 'application/openmetrics-text'],
  default: 'text/plain',
};
