import type { Environment } from './environment.ts';

/** By which a command is let in at the admin plane: what was given, else `$RUNWAY_ADMIN_TOKEN`. */
export function adminToken(given: string | undefined, environment: Environment = process.env): string | undefined {
  return given ?? (environment.RUNWAY_ADMIN_TOKEN || undefined);
}
