import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { CostReport, CostRow } from './cost-report.ts';

/** FOCUS means 10^9 bytes by GB, and 2^30 by GiB. */
const unit = 'GiB-Seconds';
const dayMs = 24 * 60 * 60 * 1_000;
const sliceRows = 1_000;

/**
 * Columns of FOCUS (FinOps Open Cost and Usage Specification) 1.x that say what a row says, and behind them, with `x_` as it asks, our own.
 * It is no whole FOCUS dataset: nothing is known here of accounts, invoices and list prices. A value that is not known is empty.
 */
const columns: readonly (readonly [name: string, value: (row: CostRow, report: CostReport) => string | number | undefined])[] = [
  ['BilledCost', ({ cost }) => cost],
  ['BillingCurrency', (_row, { currency }) => currency],
  ['ChargeCategory', () => 'Usage'],
  ['ChargePeriodEnd', ({ day }) => instant(Date.parse(day) + dayMs)],
  ['ChargePeriodStart', ({ day }) => instant(Date.parse(day))],
  ['ConsumedQuantity', ({ gbSeconds }) => gbSeconds],
  ['ConsumedUnit', () => unit],
  ['ResourceName', (row) => ('function' in row ? row.function : undefined)],
  ['ServiceCategory', () => 'Compute'],
  ['ServiceName', () => 'FunctionGraph'],
  ['x_Consumer', (row) => ('consumer' in row ? row.consumer : undefined)],
  ['x_Requests', ({ requests }) => requests],
  ['x_KeptRequests', ({ kept }) => kept],
  ['x_Executions', ({ executions }) => executions],
  ['x_WastedQuantity', ({ wastedGbSeconds }) => wastedGbSeconds],
];

/** CSV as in RFC 4180, in slices, between which others have their turn. */
export async function* focusCsv(report: CostReport): AsyncGenerator<string> {
  yield lineOf(columns.map(([name]) => name));
  for (let at = 0; at < report.rows.length; at += sliceRows) {
    const rows = report.rows.slice(at, at + sliceRows);
    yield rows.map((row) => lineOf(columns.map(([, value]) => value(row, report)))).join('');
    await turnOfTheLoop();
  }
}

function lineOf(values: readonly (string | number | undefined)[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

/** A text that a spreadsheet would take for a formula is none any more. No name begins like that: it costs nothing to be sure. */
function cell(value: string | number | undefined = ''): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** As FOCUS writes it: to the second, in UTC. */
function instant(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}
