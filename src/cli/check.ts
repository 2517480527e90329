import { Command } from 'commander';
import { configFile } from '../config/file.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { warningsOf } from '../config/warnings.ts';
import type { CommandMaker } from './command.ts';
import { configOption } from './config-file.ts';

/** `runway check`: every problem of the file at once. */
export const checkCommand: CommandMaker = (setExitCode) =>
  new Command('check')
    .description('validate the configuration: exit 0 when it is good, with warnings if need be, 1 with every problem at once')
    .option(...configOption)
    .option('--json', 'print problems and warnings as JSON')
    .action(({ config, json }: { config?: string; json?: true }) => {
      const file = configFile(config);
      const loaded = loadConfig(file);
      const problems = loaded.ok ? [] : loaded.problems;
      if (problems.length > 0) setExitCode(1);
      const warnings = loaded.ok ? warningsOf(loaded.config) : [];
      if (json) return print(JSON.stringify({ file, good: problems.length === 0, problems, warnings }));
      if (!loaded.ok) return print(problems.map(formatProblem).join('\n'));
      const { targets, upstreams } = loaded.config;
      print(`${file}: good, ${count(targets, 'function')}, ${count(upstreams, 'upstream')}`);
      for (const warning of warnings) print(`${file}: warning: ${warning}`);
    });

function count(things: readonly unknown[], name: string): string {
  return `${things.length} ${name}${things.length === 1 ? '' : 's'}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
