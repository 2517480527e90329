import { z } from 'zod';
import { consumerIdPattern } from '../consumer.ts';
import { allowed, always, choice, named, number, section, text, whole } from './fields.ts';
import { kind } from './seen.ts';
import { period, share } from './units.ts';

const hashForm = 'sha256: and 64 hex digits, as `runway key new` prints it';
/** Says nothing of what it saw: it may be the key itself. */
const noHash = `is not the hash of a key (not shown), allowed is ${hashForm}`;
const hash = z.string({ error: noHash }).regex(/^sha256:[0-9a-fA-F]{64}$/, { error: noHash });

const dateForm = 'a day such as 2026-12-31, or a time such as 2026-12-31T18:00:00Z';
const datePattern = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2}))?$/;
const dayMs = 86_400_000;

/** A day is the last on which it is good, in UTC. */
const expires = z
  .string({ error: allowed(dateForm) })
  .regex(datePattern, { error: allowed(dateForm) })
  .refine(isDate, { error: allowed(dateForm) })
  .transform((input) => Date.parse(input) + (input.includes('T') ? 0 : dayMs));

/** Date.parse takes 31 February for 3 March. */
function isDate(text: string): boolean {
  const [day] = text.split('T', 1) as [string];
  const ms = Date.parse(day);
  return Number.isFinite(ms) && Number.isFinite(Date.parse(text)) && new Date(ms).toISOString().startsWith(day);
}

const key = z.union(
  [
    hash,
    section({
      hash: hash.describe('SHA-256 of the whole key.'),
      expires: expires.optional().describe('The last day on which it is good, in UTC, or a time from which on it is not.'),
    }),
  ],
  { error: `${noHash}, or a map of hash and expires` },
);

const glob = text(/^[a-z0-9._*-]{1,63}$/, 'a name of a function, with * for any characters');

const globs = z.array(glob, { error: allowed('a list of names of functions, with * for any characters') });

/** As far as whole MB·ms go: what is more is unlimited, what is less is nothing. */
const most = 1_000_000_000;
const least = 0.000_001;
const amounts = ['requests', 'gbSeconds', 'cost'] as const;
const oneAmount = `allowed is exactly one of ${amounts.join(', ')}`;
type Amounts = Readonly<Partial<Record<(typeof amounts)[number], unknown>>>;

const zoneForm = 'an IANA time zone such as UTC or Europe/Berlin';

const limit = section({
  name: text(consumerIdPattern, '1 to 63 letters, digits, ".", "_" or "-", starting with a letter or digit')
    .refine((name) => name !== 'concurrency', { error: 'is what metrics call the places of a consumer, allowed is another name' })
    .describe('What headers, problems and metrics call it.'),
  function: glob.optional().describe('Names of the functions it counts, with * for any characters. None: all.'),
  requests: whole(1, most).optional().describe('This many calls.'),
  gbSeconds: number(least, most).optional().describe('Or this many GB-seconds, as FunctionGraph bills them; a GB is 1024 MB.'),
  cost: number(least, most).optional().describe('Or this much money, in pricing.currency.'),
  per: period().describe(
    'A duration: a window from its first call on. day, month: from midnight to midnight, from the first to the first.',
  ),
  timeZone: text(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, zoneForm)
    .refine(isTimeZone, { error: allowed(zoneForm) })
    .optional()
    .describe('With day and month: whose midnight, as an IANA time zone. None: UTC.'),
  mode: choice(['enforce', 'shadow']).prefault('enforce').describe('shadow: counted and reported, nothing is refused for it.'),
  warnAt: share().optional().describe('Share of it, such as 80%, at which a log line and a metric say so, once in each period.'),
})
  .refine((limit) => given(limit).length === 1, {
    ...always,
    error: ({ input }) => `has ${given(input as Amounts).join(' and ') || 'no amount'}, ${oneAmount}`,
  })
  .refine(({ timeZone, per }) => timeZone === undefined || typeof per === 'string', {
    path: ['timeZone'],
    error: 'is of no use with a duration, allowed is timeZone together with per: day or per: month',
  });

const given = (limit: Amounts) => amounts.filter((amount) => limit[amount] !== undefined);

/** Making a format takes long, and thousands of limits have the same few zones. */
const knownZones = new Set(['UTC']);

function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  knownZones.add(name);
  return true;
}

const consumer = section({
  keys: z
    .array(key, { error: ({ input }) => `is ${kind(input)}, allowed is a list of hashes: ${hashForm}` })
    .prefault([])
    .describe('SHA-256 of each of its API keys, as `runway key new` prints it, or a map of hash and expires. Never a key itself.'),
  functions: globs.prefault(['*']).describe('Names of the functions it may call, with * for any characters.'),
  priority: choice(['high', 'normal', 'low'])
    .prefault('normal')
    .describe('Who is shed first, and served last when places are scarce: low.'),
  limits: z
    .array(limit, { error: allowed('a list of limits') })
    .prefault([])
    .describe('How much it may use in a while; each limit has a name of its own.'),
  concurrency: whole(1, 100_000).optional().describe('Its calls under way at a time. None: any number.'),
});

export const consumersSchema = named(
  consumerIdPattern,
  '1 to 63 letters, digits, ".", "_" or "-", starting with a letter or digit',
  consumer,
);

const jwksForm = 'https:// and what follows (http:// for a loopback address), without user and fragment';

/** Who can change the answer can sign tokens: it has to come over TLS, or from this machine. */
function jwksUrl(input: string): boolean {
  const url = URL.parse(input);
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback);
}

const label = text(/\S/, 'text that is not blank');

export const jwtSchema = section({
  // Not shown: what stands before an @ may be a password.
  jwks: z
    .string({ error: `is missing or no text, allowed is ${jwksForm}` })
    .refine(jwksUrl, { error: `is no URL that can be used here (not shown, it may hold a password), allowed is ${jwksForm}` })
    .describe('Where the issuer’s public keys are, as a JSON Web Key Set: https, or http on this machine.'),
  issuer: label.describe('iss of its tokens.'),
  audience: label.describe('What aud of a token must be or hold.'),
  consumerClaim: label.prefault('sub').describe('The claim whose value is a consumer’s id.'),
});

export type ConsumerSettings = z.output<typeof consumer>;
export type LimitSettings = z.output<typeof limit>;
