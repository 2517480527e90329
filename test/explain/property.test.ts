import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcome } from '../../src/call.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { consumerOf, run, startGateway, type TestGateway } from '../support/gateway.ts';

const functions = ['plain', 'kept', 'fallen', 'limited'] as const;

interface Asked {
  readonly fn: (typeof functions)[number];
  readonly body: string;
  readonly headers: Record<string, string>;
}

type Step = ({ readonly kind: 'call'; readonly outcome: keyof typeof upstream } & Asked) | { readonly kind: 'wait'; readonly ms: number };

const summary = { durationMs: 400, billedMs: 400, memorySizeMb: 1_024, memoryUsedMb: 50 };
const upstream = {
  ok: { kind: 'ok', answer: answerOf(200, { summary }) },
  serviceError: outcomes.serviceError,
  reset: outcomes.reset,
  functionError: outcomes.functionError,
} satisfies Record<string, Outcome>;

const asked: fc.Arbitrary<Asked> = fc.record({
  fn: fc.constantFrom(...functions),
  body: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('{"a":1}', '{ "a": 1 }', '{"a":2}') },
    { weight: 1, arbitrary: fc.constantFrom('', '{', '{"a":1,"a":2}') },
  ),
  headers: fc.oneof(
    { weight: 12, arbitrary: fc.constant<Record<string, string>>({}) },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Record<string, string>>(
        { 'cache-control': 'no-cache' },
        { 'cache-control': 'only-if-cached' },
        { 'cache-control': 'max-age=3' },
        { 'x-cff-log-type': 'tail' },
        { prefer: 'wait=x' },
        { prefer: 'wait=0' },
        { 'content-type': 'text/xml' },
      ),
    },
  ),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: asked.chain((call) =>
      fc
        .constantFrom('ok', 'ok', 'ok', 'serviceError', 'reset', 'functionError')
        .map((outcome): Step => ({ kind: 'call', ...call, outcome })),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(1, 1_500, 4_000, 6_000, 20_000).map((ms): Step => ({ kind: 'wait', ms })) },
);

const limit = { function: undefined, mode: 'enforce', warnAt: undefined, window: { kind: 'duration', ms: 15_000 } } as const;
const consumer = consumerOf({
  limits: [
    { ...limit, name: 'few', function: 'limited', unit: 'requests', amount: 2 },
    { ...limit, name: 'all', unit: 'requests', amount: 12 },
    { ...limit, name: 'spend', unit: 'gbSeconds', amount: 2 },
  ],
});

/** A gateway with limits, circuits that open soon, results that soon are stale, and an upstream that does as it is told. */
async function start() {
  const clock = new FakeClock();
  const soon = { breaker: { ...targetOf().breaker, minimumRequests: 2 }, retry: { ...targetOf().retry, attempts: 1 } };
  const cache = cachePolicyOf({ ttlMs: 5_000, staleWhileRevalidateMs: 2_000, staleIfErrorMs: 30_000 });
  let outcome: Outcome = upstream.ok;
  let sent = 0;
  const gateway = await startGateway({
    clock,
    targets: [
      targetOf({ name: 'plain', ...soon }),
      targetOf({ name: 'kept', idempotent: true, cache, ...soon }),
      targetOf({ name: 'fallen', fallback: { status: 203, body: Buffer.from('{}') }, ...soon }),
      targetOf({ name: 'limited', ...soon }),
    ],
    consumers: [consumer],
    async send() {
      sent++;
      return outcome;
    },
  });
  const explain = ({ fn, body, headers }: Asked) =>
    gateway.explain({ function: fn, consumer: 'anonymous', body: Buffer.from(body), headers });
  const call = async ({ fn, body, headers, ...step }: Extract<Step, { kind: 'call' }>) => {
    outcome = upstream[step.outcome];
    const before = sent;
    const answer = await run(gateway, fn, body, headers);
    return { ...(await told(answer)), sent: sent > before };
  };
  return { gateway, clock, explain, call, sent: () => sent };
}

async function told(answer: Response) {
  const { headers } = answer;
  const isProblem = headers.get('content-type') === 'application/problem+json';
  const seen = ['cache-status', 'age', 'ratelimit', 'retry-after', 'proxy-status'].map((name) => headers.get(name));
  const code = isProblem ? ((await answer.json()) as { code: string }).code : undefined;
  return { status: answer.status, seen, code };
}

/** All that a gateway has counted. */
async function books({ quota, usage, metricsText, breakers }: TestGateway) {
  const series = (await metricsText())
    .split('\n')
    .filter((line) => /^(?:runway|functiongraph)_/.test(line) && !line.includes('build_info'));
  const limits = await quota.states(consumer);
  const costs = await usage.costs({ by: 'function', per: 'day', from: usage.today(), to: usage.today() });
  return { series, limits, costs, circuits: breakers.list() };
}

const calls = fc.array(step, { minLength: 1, maxLength: 40, size: 'max' });

test('explaining changes nothing: a gateway that is asked all the time does as one that never is', async () => {
  await fc.assert(
    fc.asyncProperty(calls, fc.array(asked, { minLength: 1, maxLength: 3 }), async (steps, questions) => {
      const [asking, silent] = [await start(), await start()];
      try {
        for (const each of steps) {
          for (const question of questions) {
            const before = asking.sent();
            await asking.explain(question);
            expect(asking.sent()).toBe(before);
          }
          if (each.kind === 'wait') await Promise.all([asking, silent].map(({ clock }) => clock.advance(each.ms)));
          else expect(await asking.call(each)).toEqual(await silent.call(each));
        }
        expect(await books(asking.gateway)).toEqual(await books(silent.gateway));
      } finally {
        await Promise.all([asking, silent].map(({ gateway }) => gateway[Symbol.asyncDispose]()));
      }
    }),
    { numRuns: 25 },
  );
});

test('what is explained is what happens, whatever happened before', async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (steps) => {
      const { gateway, clock, explain, call } = await start();
      try {
        for (const each of steps) {
          if (each.kind === 'wait') {
            await clock.advance(each.ms);
            continue;
          }
          const { verdict } = (await explain(each))!;
          const came = await call(each);
          if (verdict.kind === 'refused') expect(came).toMatchObject({ code: verdict.code, status: verdict.status, sent: false });
          // A result that is stale is computed anew beside its answer.
          else if (verdict.kind === 'kept')
            expect(came).toMatchObject({
              status: 200,
              code: undefined,
              seen: [expect.stringMatching(/hit|stale/), expect.anything(), expect.anything(), null, null],
            });
          else if (verdict.kind === 'fallback') expect(came).toMatchObject({ status: 203, sent: false });
          else expect(came.sent).toBe(true);
        }
      } finally {
        await gateway[Symbol.asyncDispose]();
      }
    }),
    { numRuns: 50 },
  );
});
