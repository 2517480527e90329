import { html } from 'hono/html';
import type { Pricing } from '../../call.ts';
import type { Consumer } from '../../consumer.ts';
import type { CostAmounts } from '../cost-report.ts';
import { amountText, countText, moneyText } from './figures.ts';
import type { Html } from './layout.ts';
import { type LimitRow, meter } from './limit-rows.ts';
import { type Paged, pager } from './pager.ts';

export interface ConsumerRow {
  readonly consumer: Consumer;
  readonly limits: readonly LimitRow[];
  /** Of this day of UTC. */
  readonly today: CostAmounts | undefined;
}

export function consumersPage(
  rows: Paged<ConsumerRow>,
  filter: string,
  pricing: Pricing | undefined,
  incomplete: string | undefined,
): Html {
  return html`
<header class="head"><div><h1>Consumers</h1><p class="lead">Who may call, and what each has used today (UTC).</p></div></header>
<search class="toolbar">
  <form method="get" action="/console/consumers" role="presentation">
    <label class="visually-hidden" for="filter">Filter by id</label>
    <input class="input" id="filter" name="q" type="search" value="${filter}" placeholder="Filter by id" autocomplete="off" spellcheck="false" maxlength="63">
    <button class="button small">Filter</button>
  </form>
  <p class="count">${rows.total === 1 ? '1 consumer' : `${countText(rows.total)} consumers`}</p>
</search>
${
  rows.items.length === 0
    ? html`<p class="empty">${filter === '' ? 'Nobody may call: the configuration has no consumers and lets none in without credentials.' : 'No consumer has this in its id.'}</p>`
    : html`<div class="table-frame"><table class="consumers" aria-label="Consumers">
<thead><tr><th scope="col">Consumer</th><th scope="col">Priority</th><th scope="col" class="number">Requests today</th><th scope="col" class="number">Kept</th><th scope="col" class="number">${pricing ? 'Cost today' : 'GB-s today'}</th><th scope="col" class="limits">Limits</th></tr></thead>
<tbody>${rows.items.map((row) => consumerRow(row, pricing))}</tbody></table></div>`
}
${incomplete === undefined ? '' : html`<p class="note">Not all is known: ${incomplete}.</p>`}
${pager(rows, '/console/consumers', { q: filter })}`;
}

function consumerRow({ consumer: { id, priority, functions }, limits, today }: ConsumerRow, pricing: Pricing | undefined): Html {
  return html`<tr>
<th scope="row"><a href="/console/consumers/${encodeURIComponent(id)}">${id}</a><span class="description">${functions.includes('*') ? 'all functions' : functions.join(', ')}</span></th>
<td data-title="Priority">${priority}</td>
<td class="number" data-title="Requests today">${countText(today?.requests ?? 0)}</td>
<td class="number" data-title="Kept">${countText(today?.kept ?? 0)}</td>
<td class="number" data-title="${pricing ? 'Cost today' : 'GB-s today'}">${spent(today, pricing)}</td>
<td class="limits" data-title="Limits">${limits.length === 0 ? html`<span data-tone="quiet">none</span>` : limits.map(meter)}</td>
</tr>`;
}

export function spent(amounts: CostAmounts | undefined, pricing: Pricing | undefined): string {
  return pricing ? moneyText(amounts?.cost ?? 0, pricing.currency) : amountText(amounts?.gbSeconds ?? 0);
}
