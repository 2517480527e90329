import { html } from 'hono/html';
import { countText } from './figures.ts';
import type { Html } from './layout.ts';

/** What a function's memory should be. */
export interface Advised {
  readonly advice: string;
  /** One sentence, for people. */
  readonly says: string;
  readonly sizeMb?: number;
  readonly recommendedMb?: number;
  readonly usedP50Mb?: number;
  readonly usedP99Mb?: number;
  readonly usedPeakMb?: number;
}

export function adviceSection(advised: Advised | undefined): Html {
  const { says = 'Nothing is known of its memory yet.', sizeMb, recommendedMb, usedP50Mb, usedP99Mb, usedPeakMb } = advised ?? {};
  const sizes: readonly (readonly [name: string, mb: number | undefined])[] = [
    ['Size', sizeMb],
    ['Advised', recommendedMb === sizeMb ? undefined : recommendedMb],
    ['Used, p50', usedP50Mb],
    ['Used, p99', usedP99Mb],
    ['Used, peak', usedPeakMb],
  ];
  return html`<section aria-labelledby="advice-title"><h2 id="advice-title">Memory</h2><p class="says">${says}</p>
${
  sizeMb === undefined
    ? ''
    : html`<dl class="facts">${sizes.map(([name, mb]) => (mb === undefined ? '' : html`<div><dt>${name}</dt><dd>${countText(Math.round(mb))}\u00a0MB</dd></div>`))}</dl>`
}</section>`;
}
