import { atMost, type Figure, inMegabytes, type Row } from './row.ts';
import type { Breakage } from './support/behaviour.ts';
import { percentile } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { openBlackHole, refusingEndpoint } from './support/nowhere.ts';
import { peakWhile } from './support/peak.ts';
import { openUpstream } from './support/upstream.ts';

/** How an upstream can be away or wrong, and what the caller is to be told of it. `timerMs`: what ends the call, where a timer does. */
interface Fault {
  readonly name: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly proxyError: string | undefined;
  readonly timerMs?: number;
}

const connectMs = 500;
const timeoutMs = 1_000;
const callsEach = 10;

const faults: readonly Fault[] = [
  { name: 'refused', status: 502, code: 'upstream_unreachable', proxyError: 'connection_refused' },
  { name: 'no-dns', status: 502, code: 'upstream_unreachable', proxyError: 'dns_error' },
  { name: 'black-hole', status: 502, code: 'upstream_unreachable', proxyError: 'connection_timeout', timerMs: connectMs },
  { name: 'mute', status: 504, code: 'deadline_exceeded', proxyError: 'http_response_timeout', timerMs: timeoutMs },
  { name: 'cut', status: 502, code: 'upstream_unreachable', proxyError: 'connection_terminated' },
  { name: 'body-cut', status: 502, code: 'upstream_invalid', proxyError: 'http_response_incomplete' },
  { name: 'garbage', status: 502, code: 'upstream_invalid', proxyError: 'http_protocol_error' },
  { name: 'huge', status: 502, code: 'upstream_invalid', proxyError: 'http_response_body_size' },
  // Nobody on the way opens it: its bytes go on as they came.
  { name: 'gzip-bomb', status: 200, code: undefined, proxyError: undefined },
];

export const row13: Row = {
  number: 13,
  async measure() {
    await using upstream = await openUpstream();
    await using blackHole = await openBlackHole();
    for (const how of ['body_cut', 'garbage', 'huge', 'gzip_bomb'] satisfies Breakage[]) {
      await upstream.behave(how.replace('_', '-'), { kind: 'broken', how });
    }
    await upstream.behave('mute', { kind: 'mute' });
    await upstream.behave('cut', { kind: 'cut', cutsPer100: 100 });
    const elsewhere: Readonly<Record<string, string>> = {
      refused: await refusingEndpoint(),
      'no-dns': 'http://runway-chaos.invalid',
      'black-hole': blackHole.endpoint,
    };
    // One attempt: the timer of each fault is to be seen, not the sum of several.
    const settings = { timeout: `${timeoutMs}ms`, retry: { attempts: 1 }, breaker: { minimumRequests: 1_000_000 } };
    await using gateway = await startGateway({
      upstream: { connectTimeout: `${connectMs}ms` },
      functions: {
        fine: { at: upstream.endpoint },
        ...Object.fromEntries(faults.map(({ name }) => [name, { at: elsewhere[name] ?? upstream.endpoint, ...settings }])),
      },
    });
    await using caller = new Caller(gateway.url);

    await caller.drive('fine', { callers: 10, calls: 2_000, forMs: 10_000 });
    const controlMs = percentile(
      (await caller.drive('fine', { callers: 2, calls: 500, forMs: 5_000 })).map(({ latencyMs }) => latencyMs),
      0.99,
    );
    const beforeBytes = await gateway.residentBytes();
    const figures: Figure[] = [];
    const { peak } = await peakWhile(gateway.residentBytes, async () => {
      for (const fault of faults) {
        const samples = await caller.drive(fault.name, { callers: 2, calls: callsEach, forMs: 30_000 });
        figures.push(...judge(fault, samples, controlMs));
      }
    });
    // Less than one of the huge answers: were they kept, or the bomb opened, it would be far more.
    return [...figures, atMost('memory grows by', 100 * 2 ** 20, peak - beforeBytes, inMegabytes)];
  },
};

function judge({ name, status, code, proxyError, timerMs }: Fault, samples: readonly Sample[], controlMs: number): Figure[] {
  const wanted = said(status, code, proxyError && `runway; error=${proxyError}`);
  const answers = new Set(samples.map((sample) => said(sample.status, sample.code, sample.headers['proxy-status'])));
  const measured = [...answers].join(' or ');
  const right: Figure = { promise: `${name}: ${wanted}`, wanted: 'always', measured, passed: answers.size === 1 && answers.has(wanted) };
  const slowestMs = Math.max(...samples.map(({ latencyMs }) => latencyMs));
  const show = (ms: number) => `${ms.toFixed(0)} ms`;
  if (timerMs === undefined) return [{ ...right, measured: right.passed ? 'always' : measured }];
  const limitMs = timerMs * 1.1 + controlMs;
  return [
    { ...right, measured: right.passed ? 'always' : measured },
    atMost(`${name}: over within its timer of ${timerMs} ms + 10 %`, limitMs, slowestMs, show),
  ];
}

function said(status: number, code: string | undefined, proxyStatus: unknown): string {
  return [status, code, proxyStatus].filter((part) => part !== undefined).join(' ');
}
