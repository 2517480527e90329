import { html } from 'hono/html';
import type { Cell, Cells } from './feed.ts';
import type { Html } from './layout.ts';

/** A text that scripts keep up to date, by its name. */
export function live(name: string, cells: Cells): Html {
  const { text, tone }: Cell = cells[name] ?? { text: '' };
  return html`<span data-cell="${name}"${tone === undefined ? '' : html` data-tone="${tone}"`}>${text}</span>`;
}

/** The same, for a text that may lead somewhere. Without an address it is plain text for everybody. */
export function liveLink(name: string, cells: Cells): Html {
  const { text, href }: Cell = cells[name] ?? { text: '' };
  return html`<a data-cell="${name}"${href === undefined ? '' : html` href="${href}"`}>${text}</a>`;
}

export interface Stat {
  readonly name: string;
  readonly title: string;
  /** What exactly it is. */
  readonly hint: string;
}

/** Figures in a row, each with its name. */
export function stats(all: readonly Stat[], cells: Cells): Html {
  return html`<dl class="stats" data-cells="total">${all.map(
    ({ name, title, hint }) => html`<div title="${hint}"><dt>${title}</dt><dd>${live(name, cells)}</dd></div>`,
  )}</dl>`;
}
