import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineLine, thisMachine } from './machine.ts';
import { type Plan, planOf, type SectionName, sectionNames, usage } from './plan.ts';
import { requireTools } from './programs/tools.ts';
import { startUpstream } from './programs/upstream.ts';
import type { Measure, Section } from './section.ts';
import { measureCalls } from './sections/calls.ts';
import { measureGrowth } from './sections/growth.ts';
import { measureKept } from './sections/kept.ts';
import { measureLatency } from './sections/latency.ts';
import { measureMemory } from './sections/memory.ts';
import { measureRedis } from './sections/redis.ts';
import { measureSizes } from './sections/sizes.ts';
import { sectionTable } from './table.ts';

const measures: Readonly<Record<SectionName, Measure>> = {
  calls: measureCalls,
  latency: measureLatency,
  kept: measureKept,
  redis: measureRedis,
  sizes: measureSizes,
  growth: measureGrowth,
  memory: measureMemory,
};

async function bench(plan: Plan): Promise<void> {
  requireTools();
  const machine = thisMachine(Date.now());
  console.log(machineLine(machine));
  const left = sectionNames.filter((name) => !plan.sections.includes(name));
  if (plan.quick) console.log('quick: few short runs, which show no more than the order of things');
  if (left.length > 0) console.log(`left out: ${left.join(', ')}`);

  const folder = mkdtempSync(join(tmpdir(), 'runway-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await using upstream = await startUpstream(folder);
  if (upstream.standsIn) console.log('there is no nginx: a Node program stands in for the upstream, and holds back the fastest');

  const sections: Section[] = [];
  for (const name of plan.sections) {
    const section = await measures[name]({ plan, folder, upstream });
    sections.push(section);
    console.log(`\n${sectionTable(section)}`);
  }
  writeFileSync(plan.jsonFile, `${JSON.stringify({ machine, plan, sections }, null, 2)}\n`);
  console.log(`\nevery run is in ${plan.jsonFile}`);
}

// What was started ends with this process; for that it must end by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  const plan = planOf(process.argv.slice(2));
  if (plan === undefined) console.log(usage);
  else await bench(plan);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
