import { writeFileSync } from 'node:fs';
import { type Machine, machineLine } from '../machine.ts';
import type { Cost } from './measure.ts';

const heads = ['ns a call', 'spread', 'calls/s'] as const;

/** For people: what each step costs, how far its batches are from that, and how many of it a core does in a second. */
export function table(machine: Machine, costs: readonly Cost[]): string {
  const rows = [['step', ...heads], ...costs.map(cellsOf)];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  const lines = rows.map((cells) => cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))));
  return [machineLine(machine), '', ...lines.map((cells) => cells.join('   '))].join('\n');
}

/** For programs: the same figures. */
export function writeJson(file: string, machine: Machine, costs: readonly Cost[]): void {
  writeFileSync(file, `${JSON.stringify({ machine, steps: costs }, null, 2)}\n`);
}

function cellsOf({ name, medianNs, deviationNs }: Cost): string[] {
  return [name, whole(medianNs), `± ${((deviationNs / medianNs) * 100).toFixed(1)} %`, whole(1e9 / medianNs)];
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
