/** @import { Cells } from '../feed.ts' */

/**
 * An element that the page is known to have.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * A new element with a text.
 * @param {string} tag
 * @param {string} [text]
 * @param {string} [className]
 * @returns {HTMLElement}
 */
export function element(tag, text = '', className = '') {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}

/**
 * Puts texts into their places below `root`. What is the same already is left alone: a selection lasts.
 * @param {ParentNode} root
 * @param {Cells} cells
 */
export function setCells(root, cells) {
  for (const place of root.querySelectorAll('[data-cell]')) {
    if (!(place instanceof HTMLElement)) continue;
    const cell = cells[place.dataset.cell ?? ''];
    if (cell === undefined) continue;
    if (place.textContent !== cell.text) place.textContent = cell.text;
    if (place instanceof HTMLAnchorElement && cell.href !== undefined) place.href = cell.href;
    if (cell.tone === undefined) delete place.dataset.tone;
    else if (place.dataset.tone !== cell.tone) place.dataset.tone = cell.tone;
  }
}

/**
 * A copy of the one element in a template.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function copyOf(id) {
  const template = byId(id);
  const first = template instanceof HTMLTemplateElement ? template.content.firstElementChild : null;
  if (!(first instanceof HTMLElement)) throw new Error(`#${id} is no template with an element`);
  return /** @type {HTMLElement} */ (first.cloneNode(true));
}
