import type { Series } from '../../telemetry/history.ts';
import type { Points } from './feed.ts';

/** The columns of the four charts, see `client/charts.js`. Times are in milliseconds there. */
export function pointsOf(series: Series): Points {
  const { at, ok, function_error, upstream_error, refused, gateway_error, lookups, kept, p50, p99 } = series;
  const shares = (of: (index: number) => readonly [part: number, whole: number]) =>
    at.map((_, index) => {
      const [part, whole] = of(index);
      return whole > 0 ? part / whole : null;
    });
  const value = (column: readonly (number | null)[], index: number) => column[index] ?? 0;
  const errors = (index: number) =>
    value(function_error, index) + value(upstream_error, index) + value(refused, index) + value(gateway_error, index);
  return {
    at,
    ok,
    function_error,
    upstream_error,
    // A fault of the gateway is refused as well, and should never be seen: it has no line of its own.
    refused: at.map((_, index) => (refused[index] === null ? null : value(refused, index) + value(gateway_error, index))),
    p50: inMs(p50),
    p99: inMs(p99),
    error_share: shares((index) => [errors(index), errors(index) + value(ok, index)]),
    kept_share: shares((index) => [value(kept, index), value(lookups, index)]),
  };
}

function inMs(seconds: readonly (number | null)[]): (number | null)[] {
  return seconds.map((value) => (value === null ? null : value * 1_000));
}
