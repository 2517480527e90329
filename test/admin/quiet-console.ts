import type { ConsoleControl } from '../../src/admin/console/control.ts';
import type { FunctionControl } from '../../src/admin/functions.ts';
import { History } from '../../src/telemetry/history.ts';
import { FakeClock } from '../support/clock.ts';

/** Of a gateway without functions, for tests of something else. */
export const noFunctions: FunctionControl = {
  targets: () => [],
  find: () => undefined,
  failuresOf: () => [],
  versionsOf: () => new Map(),
  history: new History({ numbers: () => [], clock: new FakeClock() }),
  pricing: undefined,
};

export const quietConsole: ConsoleControl = {
  consumers: () => [],
  configuration: () => ({
    generation: 1,
    source: 'runway.yaml',
    loadedAtMs: 0,
    settings: { functions: [], consumers: [], upstreams: [] },
    refused: [],
  }),
  trial: () => Promise.reject(new Error('there is nothing to try')),
  onActed: () => undefined,
  onEntry: () => undefined,
  clock: new FakeClock(),
  ending: new AbortController().signal,
};
