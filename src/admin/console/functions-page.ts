import { html } from 'hono/html';
import type { Pricing } from '../../call.ts';
import { live, type Stat, stats } from './cells.ts';
import { chartFigures } from './chart-figures.ts';
import type { FunctionRow } from './feed.ts';
import { countText } from './figures.ts';
import type { FunctionList } from './function-list.ts';
import type { Html } from './layout.ts';
import { trendHeight, trendWidth } from './trend.ts';

/** What each figure of the last minute is, for everybody who wants to know. */
export function figureStats(pricing: Pricing | undefined): readonly Stat[] {
  const cost = pricing
    ? {
        name: 'cost',
        title: `Cost a day`,
        hint: `At the pace of the last minute, in ${pricing.currency}, by the prices of the configuration`,
      }
    : {
        name: 'cost',
        title: 'GB-s a day',
        hint: 'Billed GB-seconds at the pace of the last minute; with pricing in the configuration, what they cost',
      };
  return [
    { name: 'rate', title: 'Requests/s', hint: 'Requests a second, all of them' },
    {
      name: 'errors',
      title: 'Errors',
      hint: 'Of the answers, those that were no result: errors of the function, of FunctionGraph, and refusals',
    },
    { name: 'p50', title: 'p50', hint: 'Half of the answers took less' },
    { name: 'p99', title: 'p99', hint: '99 of 100 answers took less' },
    { name: 'overhead', title: 'Overhead p99', hint: 'Of that, what the gateway itself added, in 99 of 100 answers less' },
    { name: 'kept', title: 'Hits', hint: 'Of the look-ups of kept results, those that were answered by one' },
    cost,
  ];
}

export function functionsPage({ total, rows, found, all }: FunctionList, filter: string, pricing: Pricing | undefined): Html {
  const columns = figureStats(pricing);
  return html`
<header class="head">
  <div><h1>Functions</h1><p class="lead">The last minute of this gateway, by traffic.</p></div>
</header>
${stats(columns, total)}
<section class="overall" aria-label="All functions, last 10 minutes">${chartFigures(['requests', 'latency'])}</section>
<search class="toolbar">
  <form method="get" action="/console" role="presentation">
    <label class="visually-hidden" for="filter">Filter by name</label>
    <input class="input" id="filter" name="q" type="search" value="${filter}" placeholder="Filter by name" autocomplete="off" spellcheck="false" maxlength="63">
    <button class="button small" id="filter-all">Filter</button>
  </form>
  <p class="count" id="count" role="status">${countOf(rows.length, found, all, filter)}</p>
</search>
${
  all === 0
    ? html`<div class="empty"><h2>No function yet</h2><p>The configuration in force names none. What stands under <code>functions:</code> shows here.</p></div>`
    : html`<div class="table-frame"><table class="functions" aria-label="Functions">
<thead><tr><th scope="col">Function</th><th scope="col" class="trend">Last 2 min</th>${columns.map(
        ({ name, title, hint }) => html`<th scope="col" class="number ${name}" title="${hint}">${title}</th>`,
      )}<th scope="col" class="circuit">Circuit</th></tr></thead>
<tbody id="functions">${rows.map((row) => functionRow(row, columns))}</tbody>
</table></div>
<p class="empty" id="nothing-found"${rows.length > 0 ? html` hidden` : ''}>No function has this in its name.</p>
<template id="function-row">${functionRow({ name: '', description: '', cells: {}, trend: '' }, columns)}</template>`
}`;
}

function countOf(shown: number, found: number, all: number, filter: string): string {
  if (shown < found) return `${countText(shown)} of ${countText(found)} shown: filter to find the others`;
  if (filter !== '') return `${countText(found)} of ${countText(all)}`;
  return all === 1 ? '1 function' : `${countText(all)} functions`;
}

function functionRow({ name, description, cells, trend }: FunctionRow, columns: readonly Stat[]): Html {
  return html`<tr data-function="${name}">
<th scope="row"><a href="/console/functions/${encodeURIComponent(name)}">${name}</a><span class="description">${description}</span></th>
<td class="trend"><svg width="${trendWidth}" height="${trendHeight}" viewBox="0 0 ${trendWidth} ${trendHeight}" aria-hidden="true"><polyline points="${trend}"/></svg></td>
${columns.map(({ name: figure, title }) => html`<td class="number ${figure}" data-title="${title}">${live(figure, cells)}</td>`)}
<td class="circuit" data-title="Circuit">${live('breaker', cells)}</td>
</tr>`;
}
