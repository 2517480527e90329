import type { ConsoleControl } from './admin/console/control.ts';
import { tryFunction } from './admin/console/trial.ts';
import type { FunctionControl } from './admin/functions.ts';
import type { Clock } from './call.ts';
import type { Config } from './config/config.ts';
import type { Surroundings } from './engine.ts';
import { failureOf } from './failure.ts';
import { Failures } from './telemetry/failures.ts';
import { History } from './telemetry/history.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { Occasional } from './telemetry/occasional.ts';

export interface OversightParts {
  readonly config: Config;
  readonly metrics: Pick<Metrics, 'numbers' | 'versionsOf'>;
  readonly log: Log;
  readonly clock: Clock;
  /** Of the data plane, once it listens. */
  readonly url: () => string;
}

/** What operators see of the gateway: its last minutes, its failures, the configuration in force. */
export interface Oversight {
  readonly functions: FunctionControl;
  readonly console: ConsoleControl;
  readonly onAnswered: Surroundings['onAnswered'];
  /** Another configuration is in force. */
  swapped(fresh: Config): void;
  /** Another one was not good. */
  refused(problems: readonly string[]): void;
  /** Ends the streams to open pages. */
  farewell(): void;
  close(): Promise<void>;
}

const atTheDoor = 'at the door of the admin plane';

export function openOversight({ config, metrics, log, clock, url }: OversightParts): Oversight {
  const failures = new Failures();
  const history = new History({ numbers: () => metrics.numbers(), clock });
  const guesses = new Occasional(clock);
  const ending = new AbortController();
  const sampling = new AbortController();
  const sampled = history.run(sampling.signal);
  let inForce = { config, targets: byName(config), generation: 1, loadedAtMs: clock.epochMs(), refused: [] as readonly string[] };
  return {
    functions: {
      targets: () => inForce.config.targets,
      find: (name) => inForce.targets.get(name),
      failuresOf: (name) => failures.of(name),
      versionsOf: (name) => metrics.versionsOf(name),
      history,
      pricing: config.pricing,
    },
    console: {
      consumers: () => inForce.config.consumers,
      configuration() {
        const { generation, loadedAtMs, refused } = inForce;
        return { generation, source: inForce.config.source.file, loadedAtMs, refused, settings: settingsInForce(config, inForce.config) };
      },
      trial: (asked) => tryFunction({ url: () => reachable(url()), fetch: globalThis.fetch, nowMs: clock.nowMs }, asked),
      onActed: ({ kind, ...what }, by) => log.info({ act: kind, ...what, ...by }, 'done by the console'),
      onEntry(what, from) {
        if (what.startsWith('signed')) log.info({ what, from }, atTheDoor);
        else guesses.say(what, (unsaid) => log.warn({ what, from, unsaid }, atTheDoor));
      },
      clock,
      ending: ending.signal,
    },
    onAnswered(name, requestId, served) {
      const failure = failureOf(served, requestId, clock.epochMs());
      if (failure) failures.note(name, failure);
    },
    swapped(fresh) {
      const { generation } = inForce;
      inForce = { config: fresh, targets: byName(fresh), generation: generation + 1, loadedAtMs: clock.epochMs(), refused: [] };
    },
    refused(problems) {
      inForce = { ...inForce, refused: problems };
    },
    farewell: () => ending.abort(),
    async close() {
      sampling.abort();
      await sampled;
    },
  };
}

function byName({ targets }: Config) {
  return new Map(targets.map((target) => [target.name, target]));
}

/** What the gateway goes by: of the newest file, and of the one it was opened with what only a restart takes up. */
function settingsInForce(opened: Config, { targets, consumers, upstreams, jwt }: Config): Record<string, unknown> {
  // Hashes of keys are nothing to read, and the file's text is not for everybody.
  const { keys: _keys, targets: _targets, source: _source, ...rest } = opened;
  return { ...rest, jwt, functions: targets, consumers, upstreams };
}

/** Who listens on any address is called on loopback. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
