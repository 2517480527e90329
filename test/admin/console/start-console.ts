import { adminPlane } from '../../../src/admin/app.ts';
import type { Act, ConsoleControl } from '../../../src/admin/console/control.ts';
import type { UsageControl } from '../../../src/admin/usage.ts';
import type { Target } from '../../../src/call.ts';
import { listen } from '../../../src/http/server.ts';
import { type Failure, Failures } from '../../../src/telemetry/failures.ts';
import { History } from '../../../src/telemetry/history.ts';
import { adminParts } from '../../support/admin.ts';
import { targetOf } from '../../support/calls.ts';
import { FakeClock } from '../../support/clock.ts';
import { CountedCalls } from '../../telemetry/numbers-of-calls.ts';

export const pageHeaders = { accept: 'text/html', 'content-type': 'application/json' };

/** The console on a port of its own, over a gateway whose calls and time the test decides about. */
export async function startConsole({
  token,
  targets = [targetOf()],
  usage = {},
  ...over
}: { token?: string; targets?: readonly Target[]; usage?: Partial<UsageControl> } & Partial<ConsoleControl> = {}) {
  const clock = new FakeClock();
  const calls = new CountedCalls();
  const history = new History({ numbers: calls.numbers, clock });
  let streams = 0;
  const failures = new Failures();
  const forced: string[] = [];
  const purged: unknown[] = [];
  const acts: Act[] = [];
  const entries: string[] = [];
  const faults: unknown[] = [];
  const ending = new AbortController();
  const byName = new Map(targets.map((target) => [target.name, target]));
  const quiet = adminParts();
  const app = adminPlane({
    ...quiet,
    functions: {
      targets: () => targets,
      find: (name) => byName.get(name),
      failuresOf: (name) => failures.of(name),
      versionsOf: () => new Map([['latest', 3]]),
      history: {
        get atMs() {
          return history.atMs;
        },
        onSample(listener) {
          const end = history.onSample(listener);
          streams++;
          return () => {
            streams--;
            end();
          };
        },
        window: (name) => history.window(name),
        totalWindow: () => history.totalWindow(),
        series: (name, points) => history.series(name, points),
        totalSeries: (points) => history.totalSeries(points),
      },
      pricing: undefined,
    },
    breakers: {
      list: () => targets.map(({ name }) => ({ function: name, state: 'closed', forced: false })),
      force(name, to) {
        forced.push(`${name} ${to}`);
        return true;
      },
    },
    cache: {
      async purge(what) {
        purged.push(what);
        return { count: 1, everywhere: true };
      },
      look: async () => undefined,
      onPurged: () => undefined,
    },
    usage: { ...quiet.usage, ...usage },
    console: {
      ...quiet.console,
      onActed: (act) => void acts.push(act),
      onEntry: (what) => void entries.push(what),
      clock,
      ending: ending.signal,
      ...over,
    },
    token: token === undefined ? undefined : { reveal: () => token },
    onFault: (fault) => void faults.push(fault),
  });
  const listening = await listen(app, { host: '127.0.0.1', port: 0 });
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(listening.url + path, { headers: { ...pageHeaders, ...headers }, redirect: 'manual' });
  return {
    ...listening,
    clock,
    calls,
    history,
    forced,
    purged,
    acts,
    entries,
    faults,
    ending,
    /** That are open. */
    streams: () => streams,
    get,
    fail: (name: string, over: Partial<Failure> = {}) => failures.note(name, { ...failure, ...over }),
    /** As a page of the console does. */
    act: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(listening.url + path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { ...pageHeaders, origin: listening.url, ...headers },
        redirect: 'manual',
      }),
    signIn: (given: string, to = '/console', headers: Record<string, string> = {}) =>
      fetch(`${listening.url}/console/sign-in`, {
        method: 'POST',
        body: new URLSearchParams({ token: given, to }),
        headers,
        redirect: 'manual',
      }),
    [Symbol.asyncDispose]: () => listening.close(0),
  };
}

const failure: Failure = {
  atMs: 0,
  requestId: 'request-1',
  consumer: 'anonymous',
  status: 502,
  outcome: 'upstream_error',
  code: 'upstream_unreachable',
  detail: 'the connection to FunctionGraph was refused',
  durationMs: 3,
  attempts: 3,
};

/** The cookie of a session, as the browser sends it back. */
export function cookieOf(answer: Response): string {
  return (answer.headers.get('set-cookie') ?? '').split(';')[0]!;
}
