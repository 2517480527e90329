import type { Config } from '../config/config.ts';
import { configurationError } from '../config/configuration-error.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';

/** The option `-c, --config`, for the commands that read the file. */
export const configOption = ['-c, --config <file>', 'configuration file (default: $RUNWAY_CONFIG, then ./runway.yaml)'] as const;

/** Loads the file, or throws with every problem of it, a line each. */
export function loadOrExplain(file: string): Config {
  const loaded = loadConfig(file);
  if (loaded.ok) return loaded.config;
  throw configurationError(loaded.problems.map(formatProblem));
}
