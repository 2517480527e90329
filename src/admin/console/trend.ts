import type { Series } from '../../telemetry/history.ts';

export const trendWidth = 96;
export const trendHeight = 24;
/** Two minutes. */
export const trendPoints = 60;

/** The calls of the last minutes as the points of an SVG polyline, highest where there were most. */
export function trendOf(series: Series | undefined): string {
  if (series === undefined || series.at.length < 2) return '';
  const rates = series.at.map((_, at) => sumAt(series, at));
  const most = Math.max(...rates, 1e-9);
  const step = trendWidth / (trendPoints - 1);
  const from = trendWidth - step * (rates.length - 1);
  return rates
    .map((rate, at) => `${(from + at * step).toFixed(1)},${(trendHeight - 1 - (rate / most) * (trendHeight - 2)).toFixed(1)}`)
    .join(' ');
}

function sumAt({ ok, function_error, upstream_error, refused, gateway_error, client_closed }: Series, at: number): number {
  return [ok, function_error, upstream_error, refused, gateway_error, client_closed].reduce((sum, rates) => sum + (rates[at] ?? 0), 0);
}
