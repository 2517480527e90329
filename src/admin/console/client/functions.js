import { Charts } from './charts.js';
import { listen } from './connection.js';
import { byId, copyOf, setCells } from './elements.js';

/** @import { FunctionRow, ListTick } from '../feed.ts' */

const body = document.getElementById('functions');
const filter = /** @type {HTMLInputElement} */ (byId('filter'));
const count = byId('count');
const countOfAll = count.textContent;
/** What the gateway was asked for: narrower filters are met here, others there. */
const asked = filter.value;

/** @returns {HTMLTableRowElement[]} */
function rows() {
  return body === null ? [] : [.../** @type {NodeListOf<HTMLTableRowElement>} */ (body.querySelectorAll('tr[data-function]'))];
}

function applyFilter() {
  const wanted = filter.value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows()) {
    row.hidden = !(row.dataset.function ?? '').includes(wanted);
    if (!row.hidden) shown++;
  }
  const nothing = document.getElementById('nothing-found');
  if (nothing !== null) nothing.hidden = shown > 0;
  count.textContent = wanted === asked ? countOfAll : `${shown} of ${rows().length} shown`;
}

/** @param {FunctionRow} row */
function newRow({ name, description }) {
  const made = copyOf('function-row');
  made.dataset.function = name;
  const link = /** @type {HTMLAnchorElement} */ (made.querySelector('a'));
  link.textContent = name;
  link.href = `/console/functions/${encodeURIComponent(name)}`;
  /** @type {HTMLElement} */ (made.querySelector('.description')).textContent = description;
  return made;
}

/** @param {readonly FunctionRow[]} fresh */
function update(fresh) {
  if (body === null) return;
  const known = new Map(rows().map((row) => [row.dataset.function, row]));
  const ordered = fresh.map((told) => {
    const row = known.get(told.name) ?? newRow(told);
    setCells(row, told.cells);
    row.querySelector('polyline')?.setAttribute('points', told.trend);
    return row;
  });
  // Nothing moves under a pointer or the focus.
  const busy = body.matches(':hover') || body.contains(document.activeElement);
  const moved = ordered.length !== known.size || ordered.some((row, at) => body.children[at] !== row);
  if (moved && !busy) body.replaceChildren(...ordered);
  applyFilter();
}

filter.addEventListener('input', applyFilter);
applyFilter();
// Where all are shown, what is typed is met at once.
byId('filter-all').hidden = asked === '' && !(countOfAll ?? '').includes(' of ');
const charts = new Charts();
listen((/** @type {ListTick} */ { total, points, rows: told }, fresh) => {
  charts.take(points, fresh);
  setCells(/** @type {HTMLElement} */ (document.querySelector('.stats')), total);
  update(told);
});
