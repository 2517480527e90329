import type { Health } from '../health.ts';
import { newPlane, only, type Plane, requestIdOf } from '../http/plane.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface AdminPlaneParts {
  readonly metrics: Metrics;
  readonly health: Health;
  /** A fault of our own, for the log. */
  readonly onFault: (fault: unknown, requestId: string) => void;
}

/** The routes of the admin plane: metrics and health, which are served to anybody who reaches its port. */
export function adminPlane({ metrics, health, onFault }: AdminPlaneParts): Plane {
  const app = newPlane(health, onFault);
  app.get('/metrics', (c) => {
    const text = ReadableStream.from(metrics.exposition()).pipeThrough(new TextEncoderStream());
    return new Response(text, { headers: { 'content-type': metrics.contentType, 'x-request-id': requestIdOf(c) } });
  });
  app.all('/metrics', only('GET, HEAD'));
  return app;
}
