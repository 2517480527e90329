import type { Advice, SeenAdvice } from '../advice/advice.ts';
import type { AdviceReport } from '../advice/memory-watch.ts';
import { amountText, costText, countText } from '../advice/words.ts';

/** Of a line, in columns of a terminal. */
const lineWidth = 100;
const indent = '  ';
/** A longer name has a line of its own. */
const nameWidth = 28;

const columns: readonly (readonly [title: string, width: number, value: (advice: SeenAdvice) => string])[] = [
  ['SIZE', 5, ({ sizeMb }) => String(sizeMb)],
  ['TO', 5, ({ sizeMb, recommendedMb }) => (recommendedMb === sizeMb ? '' : String(recommendedMb))],
  ['P50', 5, ({ usedP50Mb }) => String(Math.ceil(usedP50Mb))],
  ['P99', 5, ({ usedP99Mb }) => String(Math.ceil(usedP99Mb))],
  ['PEAK', 5, ({ usedPeakMb }) => String(Math.ceil(usedPeakMb))],
  ['SAVES A MONTH', 19, savingsText],
  ['RISK', 6, ({ advice, risk }) => (advice === 'shrink' || advice === 'grow' ? risk.level : '')],
];

/** The report for people: a line of numbers for each function, and below it what is advised and what speaks against it. */
export function adviceTable({ since, executions, functions }: AdviceReport): string {
  const watched = `Watched since ${since.slice(0, 16).replace('T', ' ')} UTC; ${countText(executions)} count, the last 7 days at most. Memory in MB.`;
  const head = row('FUNCTION', 'ADVICE', (title) => title);
  return `${[watched, '', head, ...functions.flatMap(linesOf)].join('\n')}\n`;
}

function linesOf(advice: Advice): string[] {
  const name = advice.function.length > nameWidth ? '' : advice.function;
  return [
    ...(name === '' ? [advice.function] : []),
    row(name, advice.advice, (_title, value) => ('sizeMb' in advice ? value(advice) : '')),
    ...wrapped(advice.says),
    ...('risk' in advice ? advice.risk.reasons.flatMap((reason) => wrapped(`- ${reason}`)) : []),
  ];
}

function row(name: string, advice: string, cell: (title: string, value: (advice: SeenAdvice) => string) => string): string {
  const cells = columns.map(([title, width, value], at) => {
    const text = cell(title, value);
    return at === columns.length - 1 ? text : text.padStart(width);
  });
  return [name.padEnd(nameWidth), advice.padEnd(6), ...cells].join(indent).trimEnd();
}

function savingsText({ advice, savesGbSecondsPerMonth, savesCostPerMonth, currency }: SeenAdvice): string {
  if (advice !== 'shrink' && advice !== 'grow') return '';
  if (savesCostPerMonth === undefined) return `${amountText(savesGbSecondsPerMonth)} GB-s`;
  return costText(savesCostPerMonth, currency!);
}

/** Text in lines that fit, indented. */
function wrapped(text: string): string[] {
  const lines = [indent];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === indent) lines[lines.length - 1] = `${indent}${word}`;
    else if (line.length + 1 + word.length <= lineWidth) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines;
}
