import type { Target } from '../../call.ts';
import type { BreakerControl, BreakerRow } from '../breakers.ts';
import { type Figures, type FunctionControl, figuresOf } from '../functions.ts';
import type { Cells, FunctionRow } from './feed.ts';
import { breakerCell, figureCells } from './function-cells.ts';
import { trendOf, trendPoints } from './trend.ts';

/** Beyond that nobody reads a table: a filter finds the others. */
export const mostRows = 200;

export interface FunctionList {
  readonly total: Cells;
  readonly rows: readonly FunctionRow[];
  /** How many the filter finds. */
  readonly found: number;
  readonly all: number;
}

/** Functions whose name has `filter` in it, those with most traffic first. */
export function listFunctions(functions: FunctionControl, breakers: BreakerControl, filter: string): FunctionList {
  const { history, pricing } = functions;
  const targets = functions.targets();
  const wanted = filter.toLowerCase();
  const found = wanted === '' ? targets : targets.filter(({ name }) => name.includes(wanted));
  const called: { target: Target; figures: Figures }[] = [];
  const silent: Target[] = [];
  for (const target of found) {
    const window = history.window(target.name);
    if (window === undefined) silent.push(target);
    else called.push({ target, figures: figuresOf(window, pricing) });
  }
  called.sort((a, b) => b.figures.requestsPerSecond - a.figures.requestsPerSecond);
  const shown = [...called, ...silent.slice(0, mostRows).map((target) => ({ target, figures: undefined }))].slice(0, mostRows);
  const circuits = new Map(breakers.list().map((row) => [row.function, row]));
  const total = history.totalWindow();
  return {
    total: figureCells(total && figuresOf(total, pricing), pricing),
    rows: shown.map(({ target: { name, description = '' }, figures }) => ({
      name,
      description,
      cells: { ...figureCells(figures, pricing), breaker: breakerCell(circuits.get(name) ?? untouched) },
      trend: figures === undefined ? '' : trendOf(history.series(name, trendPoints)),
    })),
    found: found.length,
    all: targets.length,
  };
}

const untouched: Pick<BreakerRow, 'state' | 'forced'> = { state: 'closed', forced: false };
