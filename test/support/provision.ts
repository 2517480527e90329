import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startRedis } from './redis-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Redis that is there for the whole run; every test takes a key prefix of its own. */
    redisUrl: string;
  }
}

/** Programs that the tests run, and the Debian package each is in. */
const programs = {
  'redis-server': 'redis-server',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  openssl: 'openssl',
  chromium: 'chromium',
};

/** Before the first test of a project: what the machine lacks is installed, or said in one line. No test is skipped for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  ensurePrograms(programs);
  const given = process.env.REDIS_URL;
  if (given) {
    project.provide('redisUrl', given);
    return async () => undefined;
  }
  const redis = await startRedis();
  project.provide('redisUrl', redis.url);
  return () => redis.stop();
}

/** `needed`: program to Debian package. Installs only as root on Debian and its kin; elsewhere throws and says what to install. */
export function ensurePrograms(needed: Readonly<Record<string, string>>, path: string = process.env.PATH ?? ''): void {
  const missing = Object.keys(needed).filter((program) => !isOnPath(program, path));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => needed[program]!))];
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version') && isOnPath('apt-get', path);
  if (!mayInstall) {
    throw new Error(`the tests need ${missing.join(' and ')}: install it (on Debian and Ubuntu: apt-get install ${packages.join(' ')})`);
  }
  console.log(`installing ${packages.join(', ')} for the tests`);
  aptGet('update');
  aptGet('install', '--yes', '--no-install-recommends', ...packages);
}

function aptGet(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

function isOnPath(program: string, path: string): boolean {
  return whereIs(program, path) !== undefined;
}

/** Where a program is that the tests need. */
export function whereIs(program: string, path: string = process.env.PATH ?? ''): string | undefined {
  const candidates = path.split(delimiter).map((folder) => join(folder, program));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
