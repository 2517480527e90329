import { Charts } from './charts.js';
import { listen } from './connection.js';
import { bindControls } from './controls.js';
import { byId, copyOf, setCells } from './elements.js';
import { bindTrial } from './trial.js';

/** @import { FailureRow, FunctionTick } from '../feed.ts' */

const { name = '' } = byId('trial').dataset;
const main = byId('main');

/** @param {readonly FailureRow[]} failures */
function showFailures(failures) {
  byId('no-failures').hidden = failures.length > 0;
  byId('failures-frame').hidden = failures.length === 0;
  const rows = failures.map(({ cells }) => {
    const row = copyOf('failure-row');
    setCells(row, cells);
    return row;
  });
  byId('failures').replaceChildren(...rows);
}

bindControls(name);
bindTrial(name);
const charts = new Charts();
listen((/** @type {FunctionTick} */ { cells, points, failures }, fresh) => {
  for (const place of main.querySelectorAll('.stats, .badge, .control')) setCells(place, cells);
  charts.take(points, fresh);
  if (failures) showFailures(failures);
});
