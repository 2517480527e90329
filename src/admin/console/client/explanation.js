import { byId, element } from './elements.js';

/** @import { Explained } from '../feed.ts' */

/** @type {Record<string, string>} */
const tones = { kept: 'good', shared: 'good', sent: 'good', waits: 'warn', fallback: 'warn', refused: 'bad' };

/**
 * @param {Explained} explanation
 * @returns {string} what was done, in a few words
 */
export function showExplanation({ verdict, parts }) {
  byId('explanation').hidden = false;
  const place = byId('explanation-verdict');
  place.textContent = verdict.says;
  place.dataset.tone = tones[verdict.kind] ?? 'quiet';
  byId('explanation-parts').replaceChildren(...parts.map(partItem));
  return 'Explained below; nothing was called.';
}

/** @param {Explained['parts'][number]} part */
function partItem({ part, name, says, settings, refusal }) {
  const item = element('li');
  item.append(element('h4', name === undefined ? part : `${part} ${name}`));
  if (says !== '') item.append(element('p', says));
  if (refusal !== undefined) {
    const flaw = element('p', `${refusal.code}: ${refusal.detail}`);
    flaw.dataset.tone = 'bad';
    item.append(flaw);
  }
  if (settings.length === 0) return item;
  const folded = element('details');
  folded.append(element('summary', settings.length === 1 ? '1 setting' : `${settings.length} settings`));
  const list = element('dl', '', 'facts');
  for (const setting of settings) {
    const row = element('div');
    const value = element('dd', setting.says);
    value.append(' ', element('span', originText(setting.from), 'optional'));
    row.append(element('dt', setting.key), value);
    list.append(row);
  }
  folded.append(list);
  item.append(folded);
  return item;
}

/** @param {Explained['parts'][number]['settings'][number]['from']} from */
function originText(from) {
  if (typeof from === 'string') return from;
  return from.line === undefined ? from.file : `${from.file}:${from.line}`;
}
