import { Command, CommanderError } from 'commander';
import { version } from '../version.ts';
import { adviseCommand } from './advise.ts';
import { callCommand } from './call.ts';
import { checkCommand } from './check.ts';
import { devCommand } from './dev.ts';
import { emulatorCommand } from './emulator.ts';
import { explainCommand } from './explain.ts';
import { keyCommand } from './key.ts';
import { serveCommand } from './serve.ts';

/** Wrong usage: an unknown command or option, a missing argument. */
const usageExitCode = 2;

/** The command line → a command that has run. Resolves with the exit code. */
export async function program(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  const runway = new Command('runway')
    .description('Calls Huawei Cloud FunctionGraph functions by name.')
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  const commands = [serveCommand, checkCommand, devCommand, emulatorCommand, callCommand, explainCommand, keyCommand, adviseCommand];
  for (const command of commands) {
    const made = command(setExitCode).copyInheritedSettings(runway);
    for (const below of made.commands) below.copyInheritedSettings(made);
    runway.addCommand(made);
  }
  try {
    await runway.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : usageExitCode;
    process.stderr.write(`runway: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    return 1;
  }
}
