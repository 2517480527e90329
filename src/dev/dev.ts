import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { type LoadResult, loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import type { Fault } from '../emulator/faults.ts';
import { serve } from '../serve.ts';
import type { Log } from '../telemetry/log.ts';
import { generatedConfig } from './generated-config.ts';
import { StandIns } from './stand-ins.ts';
import { watchFor } from './watcher.ts';

export interface DevOptions {
  /** Default: `runway.yaml` in the folder of functions; without one, each function of the folder goes by its own name. */
  readonly configFile: string | undefined;
  readonly functionsDir: string;
  readonly faults: readonly Fault[];
  readonly log: Log;
}

/** A function by the gateway's name; `example` is an event to try it with. */
export interface DevFunction {
  readonly name: string;
  readonly description: string;
  readonly example: unknown;
}

export interface Dev {
  readonly url: string;
  readonly adminUrl: string;
  readonly served: readonly DevFunction[];
  close(): Promise<void>;
}

/**
 * Gateway and emulators in one process. A change of the configuration or of a function is checked first and then swapped in;
 * a bad one is logged, and the last good one stays.
 *
 * @throws Error with every problem, a line each, when the configuration or the folder is not good
 */
export async function openDev({ configFile, functionsDir, faults, log }: DevOptions): Promise<Dev> {
  await using opening = new AsyncDisposableStack();
  const file = configFile ?? existing(join(functionsDir, 'runway.yaml'));
  const load = async (): Promise<LoadResult> => (file === undefined ? generatedConfig(functionsDir) : loadConfig(file));

  const loaded = await load();
  if (!loaded.ok) throw new Error(`the configuration is not good:\n${loaded.problems.map(formatProblem).join('\n')}`);
  const standIns = opening.adopt(new StandIns({ functionsDir, faults, log: (line) => log.info({}, line) }), (all) => all.close());
  const running = await serve(await standIns.playing(loaded.config), { log, graceMs: 0 });
  opening.defer(() => running.close());

  const reload = async () => {
    const stale = await standIns.reload();
    for (const problem of stale) log.error({ problem }, 'the functions stay as they were');
    const fresh = await load();
    if (fresh.ok) running.reload(await standIns.playing(fresh.config));
    else running.refuse(fresh.problems.map(formatProblem));
    if (fresh.ok && stale.length === 0) log.info({}, 'reloaded');
  };
  const faulty = (fault: unknown) => log.error({ fault }, 'could not reload: everything stays as it was');
  opening.defer(watchFor(functionsDir, file, () => reload().catch(faulty)));

  const opened = opening.move();
  const served = functionsOf(loaded.config, standIns, log);
  return { url: running.url, adminUrl: running.adminUrl, served, close: () => opened.disposeAsync() };
}

function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

function functionsOf({ targets }: Config, standIns: StandIns, log: Log): DevFunction[] {
  return targets.map(({ name, urn, description }) => {
    const local = standIns.find(urn);
    if (local === undefined) log.warn({ function: name, urn }, 'the folder of functions has no such function');
    return { name, description: description ?? local?.description ?? '', example: local?.example ?? {} };
  });
}
