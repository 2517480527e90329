import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** What each chart shows; its lines are in `client/charts.js`. */
const charts = {
  requests: { title: 'Requests by outcome', unit: 'per second' },
  latency: { title: 'Latency', unit: 'p50 and p99' },
  errors: { title: 'Errors', unit: 'share of answers' },
  kept: { title: 'Hits of kept results', unit: 'share of look-ups' },
} as const;

/** Places for charts: a script draws them. */
export function chartFigures(names: readonly (keyof typeof charts)[]): Html {
  return html`<noscript><p class="note">Charts need JavaScript.</p></noscript>
<div class="charts">${names.map(
    (name) => html`<figure class="chart" data-chart="${name}">
  <figcaption><span class="chart-title">${charts[name].title}</span> <span class="chart-unit">${charts[name].unit}</span><span class="legend"></span></figcaption>
  <div class="plot"></div>
</figure>`,
  )}</div>`;
}
