import { html } from 'hono/html';
import { countText } from './figures.ts';
import type { Html } from './layout.ts';

export interface Paged<Item> {
  readonly items: readonly Item[];
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

const perPage = 50;

/** `asked`: as it stands in the address; what is no page is the first, what is beyond the last the last. */
export function paged<Item>(all: readonly Item[], asked: string | undefined): Paged<Item> {
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  const page = /^[1-9]\d{0,6}$/.test(asked ?? '') ? Math.min(Number(asked), pages) : 1;
  return { items: all.slice((page - 1) * perPage, page * perPage), page, pages, total: all.length };
}

/** Nothing where there is one page. */
export function pager({ page, pages }: Paged<unknown>, path: string, query: Readonly<Record<string, string>>): Html | '' {
  if (pages === 1) return '';
  const link = (to: number, text: string, rel: string) => {
    const given = Object.entries(query).filter(([, value]) => value !== '');
    return html`<a class="button small" rel="${rel}" href="${path}?${new URLSearchParams([...given, ['page', String(to)]]).toString()}">${text}</a>`;
  };
  return html`<nav class="pager" aria-label="Pages">${page > 1 ? link(page - 1, 'Previous', 'prev') : ''}
<span>Page ${countText(page)} of ${countText(pages)}</span>${page < pages ? link(page + 1, 'Next', 'next') : ''}</nav>`;
}
