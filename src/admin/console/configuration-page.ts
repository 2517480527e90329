import { html } from 'hono/html';
import type { ConfigurationInForce } from './control.ts';
import { instantText } from './figures.ts';
import type { Html } from './layout.ts';
import { type Paged, pager } from './pager.ts';
import type { Setting } from './settings.ts';

export interface ConfigurationPage {
  readonly inForce: Omit<ConfigurationInForce, 'settings'>;
  /** Everything but the lists. */
  readonly general: readonly Setting[];
  readonly part: string;
  readonly parts: readonly { readonly name: string; readonly count: number }[];
  readonly items: Paged<Setting>;
  readonly filter: string;
}

export function configurationPage({ inForce, general, part, parts, items, filter }: ConfigurationPage): Html {
  const { generation, source, loadedAtMs, refused } = inForce;
  return html`
<header class="head"><div><h1>Configuration in force</h1><p class="lead">Complete: what the file leaves out is filled in with its default. Secrets stay hidden.</p></div></header>
<dl class="stats">
  <div><dt>Generation</dt><dd>${generation}</dd></div>
  <div><dt>Loaded (UTC)</dt><dd><time datetime="${new Date(loadedAtMs).toISOString()}">${instantText(loadedAtMs)}</time></dd></div>
  <div class="wide"><dt>Source</dt><dd class="path">${source}</dd></div>
</dl>
${
  refused.length === 0
    ? ''
    : html`<section class="notice bad" aria-labelledby="refused-title"><h2 id="refused-title">A newer one was refused</h2><p>This one stays in force.</p><ul>${refused.map((problem) => html`<li><code>${problem}</code></li>`)}</ul></section>`
}
<section aria-labelledby="general-title"><h2 id="general-title">Gateway</h2><div class="tree">${general.map(branch)}</div></section>
<section aria-labelledby="parts-title"><h2 id="parts-title" class="visually-hidden">Lists</h2>
  <nav class="tabs" aria-label="Lists of the configuration"><ul>${parts.map(
    ({ name, count }) =>
      html`<li><a href="/console/configuration?part=${encodeURIComponent(name)}"${name === part ? html` aria-current="page"` : ''}>${name} <span class="tab-count">${count}</span></a></li>`,
  )}</ul></nav>
  <search class="toolbar"><form method="get" action="/console/configuration" role="presentation">
    <input type="hidden" name="part" value="${part}">
    <label class="visually-hidden" for="filter">Filter by name</label>
    <input class="input" id="filter" name="q" type="search" value="${filter}" placeholder="Filter by name" autocomplete="off" spellcheck="false" maxlength="63">
    <button class="button small">Filter</button></form></search>
  ${items.items.length === 0 ? html`<p class="empty">${filter === '' ? 'There is none.' : 'None has this in its name.'}</p>` : html`<div class="tree">${items.items.map(branch)}</div>`}
  ${pager(items, '/console/configuration', { part, q: filter })}
</section>`;
}

/** A value on one line, or what is below it, to be opened. */
function branch({ name, value }: Setting): Html {
  if (typeof value === 'string') return html`<div class="leaf"><span class="key">${name}</span> <span class="value">${value}</span></div>`;
  return html`<details><summary><span class="key">${name}</span></summary><div class="below">${value.map(branch)}</div></details>`;
}
