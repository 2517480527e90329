import type { Config } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/environment.ts';
import { parseConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

export const project = '7aad83af3e8d42e99ac194e8419e2c9b';
export const urn = `urn:fss:cn-north-1:${project}:function:default:hello`;

/** Two lines that a test may put its own lines after. */
export const upstreams = `upstreams:
  main: { region: cn-north-1, projectId: ${project} }
`;

/** The least that is a configuration: `functions` begins in line 3. */
export const least = `${upstreams}functions:
  hello: { urn: "${urn}" }
`;

export function configOf(text: string, environment: Environment = {}): Config {
  const loaded = parseConfig(text, 'runway.yaml', environment);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

/** As `runway check` prints them. */
export function problemsOf(text: string, environment: Environment = {}): string[] {
  const loaded = parseConfig(text, 'runway.yaml', environment);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}
