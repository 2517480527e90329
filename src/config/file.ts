import type { Environment } from './environment.ts';

/** Which file to read: what was asked for, else `$RUNWAY_CONFIG`, else `runway.yaml` in the current folder. */
export function configFile(asked: string | undefined, environment: Environment = process.env): string {
  return asked ?? (environment.RUNWAY_CONFIG || 'runway.yaml');
}
