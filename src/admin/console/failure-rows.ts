import { html } from 'hono/html';
import { problemKinds } from '../../problem.ts';
import type { Failure } from '../../telemetry/failures.ts';
import { live, liveLink } from './cells.ts';
import type { FailureRow } from './feed.ts';
import { clockText, msText } from './figures.ts';
import type { Html } from './layout.ts';

const columns = [
  ['at', 'Time'],
  ['status', 'Status'],
  ['code', 'Code'],
  ['detail', 'Reason'],
  ['consumer', 'Consumer'],
  ['took', 'Took'],
  ['attempts', 'Attempts'],
  ['request', 'Request'],
] as const;

export function failureRow(failure: Failure): FailureRow {
  const { atMs, status, outcome, code, detail, consumer, durationMs, attempts, requestId } = failure;
  return {
    cells: {
      at: { text: clockText(atMs) },
      status: { text: String(status), tone: status >= 500 ? 'bad' : 'warn' },
      code: { text: code ?? outcome, ...(code !== undefined && Object.hasOwn(problemKinds, code) && { href: `/runbook#${code}` }) },
      detail: { text: detail },
      consumer: { text: consumer },
      took: { text: msText(durationMs) },
      attempts: { text: String(attempts) },
      request: { text: requestId },
    },
  };
}

export function failuresSection(rows: readonly FailureRow[]): Html {
  return html`<section aria-labelledby="failures-title"><h2 id="failures-title">Last failures</h2>
<p class="empty" id="no-failures"${rows.length > 0 ? html` hidden` : ''}>No call of it has failed since this gateway started.</p>
<div class="table-frame tall" id="failures-frame" role="region" aria-label="Last failures" tabindex="0"${rows.length === 0 ? html` hidden` : ''}><table class="failures" aria-labelledby="failures-title">
<thead><tr>${columns.map(([name, title]) => html`<th scope="col" class="${name}">${title}</th>`)}</tr></thead>
<tbody id="failures">${rows.map(rowHtml)}</tbody></table></div>
<template id="failure-row">${rowHtml({ cells: {} })}</template>
</section>`;
}

function rowHtml({ cells }: FailureRow): Html {
  return html`<tr>${columns.map(([name, title]) => html`<td class="${name}" data-title="${title}">${name === 'code' ? liveLink(name, cells) : live(name, cells)}</td>`)}</tr>`;
}
