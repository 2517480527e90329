import { type ComparedUnit, type Goal, reaches } from './goals.ts';
import type { Row, Section } from './section.ts';
import { counted, median, spread } from './statistics.ts';

/** A call takes less than a millisecond: two decimals would hide what is compared. */
const decimals: Readonly<Record<ComparedUnit, number>> = { '×': 2, ms: 3, '%': 2, MB: 2 };

const heads = ['median', 'spread', 'compared', 'goal', 'further goal'] as const;

/** For people: a line for each figure, and what was thrown away. */
export function sectionTable({ title, comparison, comparedUnit, rows, notes }: Section): string {
  const cells = rows.map((row) => cellsOf(row, comparedUnit));
  const table = [[title, ...heads], ...cells];
  const widths = [title, ...heads].map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  const lines = table.map((line) => line.map((cell, column) => pad(cell, column, widths[column]!, line.length)).join('  '));
  const discarded = rows.flatMap(({ name, discarded = [] }) =>
    discarded.map(({ round, why }) => `thrown away: ${name}, round ${round + 1}: ${why}`),
  );
  return [...lines, ...discarded, ...notes, `compared: ${comparison}`].map((line) => line.trimEnd()).join('\n');
}

function cellsOf({ name, unit, runs, missing, compared, goal }: Row, comparedUnit: ComparedUnit): string[] {
  const values = counted(runs);
  if (values.length === 0) return [name, `missing: ${missing ?? 'no run counts'}`];
  const figure = `${number(median(values))} ${unit}`;
  const comparedTo = compared === undefined ? '' : `${compared.toFixed(decimals[comparedUnit])} ${comparedUnit}`;
  return [
    name,
    figure,
    `${(spread(values) * 100).toFixed(0)} %`,
    comparedTo,
    judged(goal, goal?.first, compared),
    judged(goal, goal?.further, compared),
  ];
}

function judged(goal: Goal | undefined, wanted: number | undefined, value: number | undefined): string {
  if (goal === undefined || wanted === undefined || value === undefined) return '';
  const sign = goal.bound === 'at least' ? '≥' : '≤';
  return `${sign} ${wanted} ${goal.unit} ${reaches(goal, value, wanted) ? '✓ reached' : '✗ missed'}`;
}

/** Names and judgements to the left, figures to the right; the last of a short line runs on. */
function pad(cell: string, column: number, width: number, columns: number): string {
  if (column === columns - 1 && columns < heads.length + 1) return cell;
  return column === 0 || column > 3 ? cell.padEnd(width) : cell.padStart(width);
}

/** As many digits as say something. */
function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(3);
}
