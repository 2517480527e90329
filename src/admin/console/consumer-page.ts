import { html } from 'hono/html';
import type { Pricing } from '../../call.ts';
import type { Consumer } from '../../consumer.ts';
import type { CostAmounts, CostReport } from '../cost-report.ts';
import { spent } from './consumers-page.ts';
import { amountText, countOf, countText } from './figures.ts';
import type { Html } from './layout.ts';
import { type LimitRow, meter } from './limit-rows.ts';

export interface ConsumerPage {
  readonly consumer: Consumer;
  readonly limits: readonly LimitRow[];
  /** The month so far. */
  readonly month: CostReport & { readonly today?: CostAmounts };
  readonly pricing: Pricing | undefined;
}

export function consumerPage({ consumer, limits, month, pricing }: ConsumerPage): Html {
  const { id, priority, functions, concurrency } = consumer;
  const { today, total } = month;
  const figures: readonly (readonly [title: string, value: string])[] = [
    ['Requests today', countText(today?.requests ?? 0)],
    ['Kept', countText(today?.kept ?? 0)],
    ['Executions', countText(today?.executions ?? 0)],
    [pricing ? 'Cost today' : 'GB-s today', spent(today, pricing)],
    ['Requests this month', countText(total.requests)],
    [pricing ? 'Cost this month' : 'GB-s this month', spent(total, pricing)],
  ];
  return html`
<nav class="crumbs" aria-label="Where this is"><a href="/console/consumers">Consumers</a></nav>
<header class="head"><div><h1>${id}</h1><p class="lead">${priority} priority, ${concurrency === undefined ? 'any number of calls at a time' : `${countOf(concurrency, 'call')} at a time`}; may call ${functions.includes('*') ? 'all functions' : functions.join(', ')}</p></div></header>
<dl class="stats">${figures.map(([title, value]) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`)}</dl>
<section aria-labelledby="limits-title"><h2 id="limits-title">Limits</h2>
${limits.length === 0 ? html`<p class="empty">Nothing limits this consumer.</p>` : html`<div class="limit-list">${limits.map(meter)}</div>`}
</section>
<section aria-labelledby="use-title"><h2 id="use-title">This month, by function</h2>
${useTable(month, pricing)}
${month.complete ? '' : html`<p class="note">Not all is known: ${month.missing}.</p>`}
</section>`;
}

function useTable({ rows }: CostReport, pricing: Pricing | undefined): Html {
  const byFunction = new Map<string, CostAmounts>();
  for (const row of rows) if ('function' in row) byFunction.set(row.function, added(byFunction.get(row.function), row));
  if (byFunction.size === 0) return html`<p class="empty">It has called nothing this month.</p>`;
  const sorted = [...byFunction].toSorted(([, a], [, b]) => b.requests - a.requests).slice(0, mostFunctions);
  const money = pricing ? 'Cost' : '';
  return html`<div class="table-frame"><table aria-labelledby="use-title">
<thead><tr><th scope="col">Function</th><th scope="col" class="number">Requests</th><th scope="col" class="number">Kept</th><th scope="col" class="number">Executions</th><th scope="col" class="number">GB-s</th>${money && html`<th scope="col" class="number">${money}</th>`}</tr></thead>
<tbody>${sorted.map(
    ([name, amounts]) => html`<tr><th scope="row"><a href="/console/functions/${encodeURIComponent(name)}">${name}</a></th>
<td class="number" data-title="Requests">${countText(amounts.requests)}</td><td class="number" data-title="Kept">${countText(amounts.kept)}</td>
<td class="number" data-title="Executions">${countText(amounts.executions)}</td><td class="number" data-title="GB-s">${amountText(amounts.gbSeconds)}</td>
${money && html`<td class="number" data-title="Cost">${spent(amounts, pricing)}</td>`}</tr>`,
  )}</tbody></table></div>`;
}

/** Of a consumer that calls thousands those it calls most. */
const mostFunctions = 200;

function added(sum: CostAmounts | undefined, more: CostAmounts): CostAmounts {
  if (sum === undefined) return more;
  return {
    requests: sum.requests + more.requests,
    kept: sum.kept + more.kept,
    executions: sum.executions + more.executions,
    gbSeconds: sum.gbSeconds + more.gbSeconds,
    wastedGbSeconds: sum.wastedGbSeconds + more.wastedGbSeconds,
    ...(more.cost !== undefined && { cost: (sum.cost ?? 0) + more.cost }),
  };
}
