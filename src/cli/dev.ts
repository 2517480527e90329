import { Command } from 'commander';
import { openDev } from '../dev/dev.ts';
import { exampleFunctionsDir } from '../emulator/examples.ts';
import type { Fault } from '../emulator/faults.ts';
import { createLog } from '../telemetry/log.ts';
import { logOutput } from '../telemetry/log-output.ts';
import type { CommandMaker } from './command.ts';
import { faultOption } from './fault-option.ts';
import { greeting } from './greeting.ts';
import { untilTold } from './until-told.ts';

interface Options {
  readonly config?: string;
  readonly functions: string;
  readonly fault?: readonly Fault[];
  readonly json?: true;
}

/** `runway dev`: gateway and emulator in one process. */
export const devCommand: CommandMaker = () =>
  new Command('dev')
    .description('serve with a local FunctionGraph in the place of every upstream; reloads on change')
    .option('-c, --config <file>', 'configuration file (default: runway.yaml in the folder of functions, if there is one)')
    .option('--functions <dir>', 'folder of functions, one folder each', exampleFunctionsDir)
    .option(...faultOption)
    .option('--json', 'print what is served as JSON')
    .action(async ({ config, functions, fault, json }: Options) => {
      const dev = await openDev({ configFile: config, functionsDir: functions, faults: fault ?? [], log: createLog(logOutput()) });
      const { url, adminUrl, served } = dev;
      process.stdout.write(json ? `${JSON.stringify({ url, adminUrl, functions: served })}\n` : greeting(dev));
      await untilTold();
      await dev.close();
    });
