import { parseArgs } from 'node:util';
import { thisMachine } from '../machine.ts';
import { openSteps } from './all.ts';
import { measure } from './measure.ts';
import { table, writeJson } from './report.ts';

// npm run bench:steps [-- --quick] [-- --json FILE]
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } });
const effort = values.quick ? { timeMs: 60, warmupMs: 40, batches: 4 } : { timeMs: 800, warmupMs: 250, batches: 15 };

const machine = thisMachine(Date.now());
const { steps, close } = await openSteps(1_000);
const costs = await measure(steps, effort);
close();

console.log(table(machine, costs));
if (values.json) writeJson(values.json, machine, costs);
