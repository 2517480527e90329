import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** What each chart shows; its lines are in `client/charts.js`. */
const charts = {
  requests: { title: 'Requests by outcome', unit: 'per second' },
  latency: { title: 'Latency', unit: 'p50 and p99' },
  errors: { title: 'Errors', unit: 'share of answers' },
  kept: { title: 'Hits of kept results', unit: 'share of look-ups' },
} as const;

type ChartName = keyof typeof charts;

/** Places for charts: a script draws them. `empty`: what is said where there is nothing to draw, if there is more to say than that. */
export function chartFigures(names: readonly ChartName[], empty: Readonly<Partial<Record<ChartName, string>>> = {}): Html {
  return html`<noscript><p class="note">Charts need JavaScript.</p></noscript>
<div class="charts">${names.map(
    (name) => html`<figure class="chart" data-chart="${name}">
  <figcaption><span class="chart-title">${charts[name].title}</span> <span class="chart-unit">${charts[name].unit}</span><span class="legend"></span></figcaption>
  <div class="plot" data-empty="${empty[name] ?? 'Nothing happened in this time.'}"></div>
</figure>`,
  )}</div>`;
}
