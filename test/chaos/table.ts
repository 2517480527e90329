import type { Figure } from './row.ts';

const widths = { number: 3, promise: 66, wanted: 30, measured: 30 };

export const tableHead = line('#', 'promise', 'wanted', 'measured', '');

export function tableLine(number: number, { promise, wanted, measured, passed }: Figure): string {
  return line(String(number), promise, wanted, measured, passed ? 'pass' : 'FAIL');
}

function line(number: string, promise: string, wanted: string, measured: string, verdict: string): string {
  const cells = [
    number.padStart(widths.number),
    promise.padEnd(widths.promise),
    wanted.padEnd(widths.wanted),
    measured.padEnd(widths.measured),
    verdict,
  ];
  return cells.join('  ').trimEnd();
}
