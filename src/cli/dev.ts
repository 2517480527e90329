import { Command } from 'commander';
import { type Dev, openDev } from '../dev/dev.ts';
import { exampleFunctionsDir } from '../emulator/examples.ts';
import type { Fault } from '../emulator/faults.ts';
import { createLog } from '../telemetry/log.ts';
import type { CommandMaker } from './command.ts';
import { faultOption } from './fault-option.ts';
import { untilTold } from './until-told.ts';

interface Options {
  readonly config?: string;
  readonly functions: string;
  readonly fault?: readonly Fault[];
  readonly json?: true;
}

/** How many calls are shown to try. */
const shown = 3;

/** `runway dev`: gateway and emulator in one process. */
export const devCommand: CommandMaker = () =>
  new Command('dev')
    .description('serve with a local FunctionGraph in the place of every upstream; reloads on change')
    .option('-c, --config <file>', 'configuration file (default: runway.yaml in the folder of functions, if there is one)')
    .option('--functions <dir>', 'folder of functions, one folder each', exampleFunctionsDir)
    .option(...faultOption)
    .option('--json', 'print what is served as JSON')
    .action(async ({ config, functions, fault, json }: Options) => {
      const dev = await openDev({ configFile: config, functionsDir: functions, faults: fault ?? [], log: createLog() });
      const { url, adminUrl, served } = dev;
      process.stdout.write(json ? `${JSON.stringify({ url, adminUrl, functions: served })}\n` : greeting(dev));
      await untilTold();
      await dev.close();
    });

function greeting({ url, adminUrl, served }: Dev): string {
  const width = Math.max(...served.map(({ name }) => name.length));
  return [
    '',
    `  Runway serves these functions on ${url}`,
    '',
    ...served.map(({ name, description }) => `    ${name.padEnd(width)}  ${description}`.trimEnd()),
    '',
    `  Metrics: ${adminUrl}/metrics   Health: ${adminUrl}/readyz?verbose`,
    '',
    '  Try it:',
    '',
    ...served
      .slice(0, shown)
      .map(
        ({ name, example }) =>
          `curl -d ${quoted(JSON.stringify(example))} ${new URL(url).host.replace('127.0.0.1', 'localhost')}/run/${name}`,
      ),
    '',
    '',
  ].join('\n');
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
