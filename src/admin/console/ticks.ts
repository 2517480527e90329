import type { Target } from '../../call.ts';
import { figuresOf } from '../functions.ts';
import type { ConsoleParts } from './control.ts';
import { failureRow } from './failure-rows.ts';
import type { Cells, FunctionTick, ListTick, Tick } from './feed.ts';
import { clockText } from './figures.ts';
import { breakerCell, figureCells } from './function-cells.ts';
import { listFunctions } from './function-list.ts';
import { pointsOf } from './points.ts';

type Sources = Pick<ConsoleParts, 'functions' | 'breakers' | 'configuration'>;

export function tick({ functions, configuration }: Sources): Tick {
  return { at: clockText(functions.history.atMs), generation: configuration().generation };
}

export function functionCells({ functions, breakers }: Sources, name: string): Cells {
  const window = functions.history.window(name);
  const circuit = breakers.list().find((row) => row.function === name);
  const figures = figureCells(window && figuresOf(window, functions.pricing), functions.pricing);
  return { ...figures, breaker: breakerCell(circuit ?? { state: 'closed', forced: false }) };
}

/** Lists by their filter, each made once for a sample however many pages are open; the points are those that this page has not seen. */
export function listTicks(sources: Sources): (filter: string) => () => string {
  const { history } = sources.functions;
  let atMs = Number.NaN;
  const made = new Map<string, string>();
  const list = (filter: string) => {
    if (history.atMs !== atMs) {
      made.clear();
      atMs = history.atMs;
    }
    let text = made.get(filter);
    if (text === undefined) {
      const { total, rows } = listFunctions(sources.functions, sources.breakers, filter);
      text = JSON.stringify({ ...tick(sources), total, rows } satisfies Omit<ListTick, 'points'>);
      made.set(filter, text);
    }
    return text;
  };
  return (filter) => {
    let first = true;
    return () => {
      const series = history.totalSeries(first ? undefined : 1);
      first = false;
      return `${list(filter).slice(0, -1)},"points":${JSON.stringify(series ? pointsOf(series) : null)}}`;
    };
  };
}

/** One after the other: the first with all points and failures, the others with what came since. Undefined: the function is gone. */
export function functionTicks(sources: Sources, { name }: Pick<Target, 'name'>): () => string | undefined {
  const { functions } = sources;
  let first = true;
  let newest: object | undefined;
  return () => {
    if (functions.find(name) === undefined) return undefined;
    const series = functions.history.series(name, first ? undefined : 1);
    const failures = functions.failuresOf(name);
    const changed = first || failures[0] !== newest;
    newest = failures[0];
    first = false;
    return JSON.stringify({
      ...tick(sources),
      cells: functionCells(sources, name),
      points: series ? pointsOf(series) : null,
      ...(changed && { failures: failures.map(failureRow) }),
    } satisfies FunctionTick);
  };
}
