import { z } from 'zod';
import { parseUrn } from '../urn.ts';
import { allowed, always, choice, flag, jsonText, number, ratio, section, text, whole } from './fields.ts';
import { duration, formatDuration } from './units.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const backoff = section({
  base: duration(90_000).prefault('100ms').describe('The longest wait before the second attempt; it doubles with each further one.'),
  max: duration(90_000).prefault('2s').describe('The longest wait before any attempt.'),
}).refine(({ base, max }) => base <= max, {
  path: ['base'],
  error: ({ input }) => {
    const { base, max } = input as { base: number; max: number };
    return `is ${formatDuration(base)}, allowed is at most backoff.max, which is ${formatDuration(max)}`;
  },
});

const budget = section({
  // Traffic grows by a tenth at most, however bad the upstream is.
  ratio: number(0, 1).prefault(0.1).describe('Repeats for each call, 0 to 1.'),
  // What is called now and then has hardly any share to live on.
  minPerSecond: number(0, 1_000).prefault(3).describe('Repeats each second beside that share.'),
});

const retry = section({
  attempts: whole(1, 10).prefault(3).describe('All attempts, the first included; 1 to 10, and 1 never repeats.'),
  on: z
    .array(choice([429, 500]), { error: allowed('a list of 429 and 500') })
    .refine((statuses) => new Set(statuses).size === statuses.length, {
      when: ({ value }) => Array.isArray(value),
      error: 'has a status twice, allowed is each once',
    })
    .meta({ uniqueItems: true })
    .prefault([429, 500])
    .describe('429: throttled, it did not run. 500: a service error; the function’s own error only if it is idempotent.'),
  backoff: backoff.prefault({}).describe('Exponential, full jitter, never shorter than Retry-After.'),
  budget: budget.prefault({}).describe('How many repeats there may be in all, so that they do not make an outage worse.'),
});

const slowCalls = section({
  after: duration(90_000).describe('A call that takes longer is slow.'),
  ratio: ratio().prefault(0.5).describe('The circuit opens when slow calls ÷ requests reaches this share, above 0 and at most 1.'),
});

const breaker = section({
  failureRatio: ratio().prefault(0.5).describe('The circuit opens when failures ÷ requests reaches this share, above 0 and at most 1.'),
  // Fewer say nothing about a function: one failure in two calls is no outage.
  minimumRequests: whole(1, 1_000_000).prefault(20).describe('Requests in the window below which it never opens.'),
  window: duration(hourMs).prefault('10s').describe('How far back failures and requests are counted.'),
  openFor: duration(hourMs)
    .prefault('5s')
    .describe('How long it stays open before a probe is let through; longer when it opens again and again.'),
  // `after` may come from `defaults`: an editor, which sees one place only, must not ask for it.
  slowCalls: slowCalls.meta({ required: [] }).optional().describe('Opens it for slowness as well. None: slowness does not open it.'),
});

const concurrency = section({
  max: whole(1, 10_000).prefault(50).describe('Executions in flight at a time.'),
  queue: whole(0, 10_000).prefault(100).describe('How many calls may wait for a place; 0: none.'),
  queueTimeout: duration(90_000).prefault('1s').describe('How long a call waits for a place.'),
  adaptive: flag().prefault(true).describe('Learns from 429s how many FunctionGraph takes, up to max.'),
});

/** RFC 9110: no content goes with 204, 205 and 304. */
const bodiless = [204, 205, 304];
const answerStatus = 'a whole number from 200 to 599 that a body may go with (not 204, 205 or 304)';

const fallback = section({
  status: whole(200, 599, answerStatus)
    .refine((status) => !bodiless.includes(status), { error: allowed(answerStatus) })
    .prefault(200)
    .describe('Its status, 200 to 599.'),
  body: jsonText().describe('Its body: JSON as text, answered as application/json.'),
});

const headerName = text(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'the name of a request header, such as accept-language');

const cacheKeys = {
  ttl: duration(365 * dayMs).describe('How long a result is fresh; up to 10 % shorter, so that results do not end together.'),
  staleWhileRevalidate: duration(365 * dayMs)
    .optional()
    .describe('How long after that it is still answered at once, while it is computed anew in the background. None: not at all.'),
  staleIfError: duration(365 * dayMs)
    .optional()
    .describe('How long after its ttl it is still answered when computing it anew fails. None: not at all.'),
  // The careful one: nobody sees another’s results unless the file says so.
  scope: choice(['consumer', 'shared'])
    .prefault('consumer')
    .describe('consumer: nobody sees another’s results. shared: one result for all.'),
  vary: z
    .array(headerName, { error: allowed('a list of header names') })
    .transform((names) => [...new Set(names.map((name) => name.toLowerCase()))])
    .prefault([])
    .describe('Names of the request headers that the result depends on.'),
};

/** What may stand for one function and, as `defaults`, for all. */
const settings = {
  payload: choice(['event']).prefault('event').describe('event: the JSON body is the event.'),
  // Declared by the owner, never guessed.
  idempotent: flag().prefault(false).describe('The call may be repeated and its result may be kept.'),
  // The cloud itself answers nothing after 90 s.
  timeout: duration(90_000).prefault('30s').describe('The whole call, retries included; at most 90s.'),
  retry: retry.prefault({}).describe('How often a call may be tried.'),
  breaker: breaker.prefault({}).describe('When the function’s circuit opens.'),
  concurrency: concurrency.prefault({}).describe('How many executions of it may be in flight, and who waits.'),
};

export const functionSchema = section({
  urn: z
    .string({ error: allowed('urn:fss:REGION:PROJECT:function:PACKAGE:FUNCTION[:VERSION|:!ALIAS]') })
    .transform((input, context) => {
      const parsed = parseUrn(input);
      if (parsed.ok) return parsed.urn;
      context.addIssue({ code: 'custom', message: `its ${parsed.part} ${parsed.detail}` });
      return z.NEVER;
    })
    .describe('Which function: urn:fss:REGION:PROJECT:function:PACKAGE:FUNCTION[:VERSION|:!ALIAS]; the version is latest unless given.'),
  description: z
    .string({ error: allowed('text') })
    .optional()
    .describe('What it does, for those who may call it.'),
  ...settings,
  // `ttl` may come from `defaults`: an editor, which sees one place only, must not ask for it.
  cache: section(cacheKeys).meta({ required: [] }).optional().describe('Keeps results; needs idempotent: true. Off until written.'),
  fallback: fallback.optional().describe('What is answered when the circuit is open or the upstream fails, and nothing is kept.'),
}).refine(({ cache, idempotent }) => cache === undefined || idempotent !== false, {
  ...always,
  path: ['cache'],
  error: 'needs a function whose results may be kept, allowed is cache together with idempotent: true',
});

export const defaultsSchema = section({
  ...settings,
  cache: section({ ...cacheKeys, ttl: cacheKeys.ttl.optional() })
    .optional()
    .describe('For every function that is idempotent.'),
});

export type FunctionSettings = z.output<typeof functionSchema>;
