import { costOf, mbMsPerGbSecond, type Pricing, type Problem, type Target } from '../call.ts';
import { only, type Plane, requestIdOf } from '../http/plane.ts';
import { problemResponse } from '../http/problem-json.ts';
import type { Failure } from '../telemetry/failures.ts';
import type { History } from '../telemetry/history.ts';
import { errorsOf, type Window } from '../telemetry/window.ts';
import { headersFor } from './json.ts';

/** The functions of the configuration in force, and what is known of how they do. */
export interface FunctionControl {
  /** In the order of the file. */
  targets(): readonly Target[];
  /** Undefined: there is none of this name. */
  find(name: string): Target | undefined;
  /** Newest first. */
  failuresOf(name: string): readonly Failure[];
  /** How often each of its versions ran. */
  versionsOf(name: string): ReadonlyMap<string, number>;
  readonly history: Pick<History, 'atMs' | 'onSample' | 'window' | 'totalWindow' | 'series' | 'totalSeries'>;
  readonly pricing: Pricing | undefined;
}

/** The last minute of a function in figures. GB is 1024 MB. */
export interface Figures {
  readonly seconds: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of the answers, those that were no result. Undefined: there were none. */
  readonly errorShare: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** What the gateway itself added. */
  readonly overheadP50Ms: number | undefined;
  readonly overheadP99Ms: number | undefined;
  /** Of the look-ups, those that what is kept answered. Undefined: there were none. */
  readonly keptShare: number | undefined;
  /** At the pace of this minute. */
  readonly gbSecondsPerDay: number;
  /** The same in the currency of the prices; absent without them. */
  readonly costPerDay?: number;
}

const secondsPerDay = 86_400;

export function figuresOf(window: Window, pricing: Pricing | undefined): Figures {
  const { seconds, requests, client_closed: left, lookups, kept, executions, billedMbMs } = window;
  const answered = requests - left;
  const perDay = secondsPerDay / seconds;
  const { ok, function_error, upstream_error, refused, gateway_error, client_closed } = window;
  return {
    seconds,
    requests,
    requestsPerSecond: requests / seconds,
    outcomes: { ok, function_error, upstream_error, refused, gateway_error, client_closed },
    errorShare: answered > 0 ? errorsOf(window) / answered : undefined,
    p50Ms: inMs(window.p50),
    p99Ms: inMs(window.p99),
    overheadP50Ms: inMs(window.overheadP50),
    overheadP99Ms: inMs(window.overheadP99),
    keptShare: lookups > 0 ? kept / lookups : undefined,
    gbSecondsPerDay: (billedMbMs / mbMsPerGbSecond) * perDay,
    ...(pricing && { costPerDay: costOf(pricing, executions * perDay, billedMbMs * perDay) }),
  };
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}

/** `GET /admin/functions` and `GET /admin/functions/:name`. */
export function routeFunctions(app: Plane, functions: FunctionControl): void {
  const { history, pricing } = functions;
  const figures = (window: Window | undefined) => window && figuresOf(window, pricing);
  const briefly = ({ name, description, urn, idempotent, cache }: Target) => {
    return { name, description, urn, idempotent, kept: cache !== undefined, lastMinute: figures(history.window(name)) ?? null };
  };
  app.get('/admin/functions', (c) => {
    const total = figures(history.totalWindow()) ?? null;
    const answer = { ...(pricing && { currency: pricing.currency }), total, functions: functions.targets().map(briefly) };
    return c.json(answer, 200, headersFor(c));
  });
  app.all('/admin/functions', only('GET, HEAD'));
  app.get('/admin/functions/:name', (c) => {
    const target = functions.find(c.req.param('name'));
    if (target === undefined) return problemResponse(unknown, requestIdOf(c));
    const { upstream, version, timeoutMs, retry, breaker, concurrency, cache, fallback } = target;
    const policies = {
      timeoutMs,
      retry,
      breaker,
      concurrency,
      cache: cache ?? null,
      fallback: fallback ? { status: fallback.status } : null,
    };
    const answer = {
      ...(pricing && { currency: pricing.currency }),
      ...briefly(target),
      upstream,
      version,
      policies,
      versions: Object.fromEntries(functions.versionsOf(target.name)),
      failures: functions.failuresOf(target.name),
      series: history.series(target.name) ?? null,
    };
    return c.json(answer, 200, headersFor(c));
  });
  app.all('/admin/functions/:name', only('GET, HEAD'));
}

const unknown: Problem = {
  code: 'unknown_function',
  detail: 'no function of this name is known here; GET /admin/functions lists those there are',
};
