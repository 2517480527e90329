import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { configurationError } from '../config/configuration-error.ts';
import { loadConfig } from '../config/load.ts';
import { tracingSettings } from '../config/tracing.ts';
import type { Fault } from '../emulator/faults.ts';
import { serve } from '../serve.ts';
import type { Log } from '../telemetry/log.ts';
import { generatedConfig } from './generated-config.ts';
import { type Loaded, loaded } from './loaded.ts';
import { needRestart } from './restart.ts';
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

/** Who tries something out wants to see each call. */
const everyCall = { successes: 1, refusalsPerSecond: 1_000 };

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
  const load = async (): Promise<Loaded> => (file === undefined ? generatedConfig(functionsDir) : loaded(loadConfig(file)));

  const playing = async (config: Config) => standIns.playing({ ...config, log: everyCall });

  const first = await load();
  if (!first.ok) throw configurationError(first.problems);
  const standIns = opening.adopt(new StandIns({ functionsDir, faults, log: (line) => log.info({}, line) }), (all) => all.close());
  const running = await serve(await playing(first.config), { log, graceMs: 0, tracing: tracingSettings() });
  opening.defer(() => running.close());
  const told = new Set<string>();
  const tellSkipped = () => {
    for (const reason of new Set(standIns.skipped()).difference(told)) {
      told.add(reason);
      log.warn({ reason }, 'a folder is not served');
    }
  };
  tellSkipped();

  const reload = async () => {
    const stale = await standIns.reload();
    if (stale.length > 0) return running.refuse(stale);
    tellSkipped();
    const fresh = await load();
    if (!fresh.ok) return running.refuse(fresh.problems);
    running.reload(await playing(fresh.config));
    // Who edits a function wants to see what it does now.
    await running.forget();
    log.info({}, 'reloaded');
    const keys = needRestart(first.config, fresh.config);
    if (keys.length > 0) log.warn({ keys }, 'changed, but it takes a restart to use it');
  };
  const faulty = (fault: unknown) => log.error({ fault }, 'could not reload: everything stays as it was');
  opening.defer(watchFor(functionsDir, file, () => reload().catch(faulty)));

  const opened = opening.move();
  const served = functionsOf(first.config, standIns, log);
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
