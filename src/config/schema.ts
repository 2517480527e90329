import type { z } from 'zod';
import { functionNamePattern } from '../name.ts';
import { always, choice, named, number, section, text, whole } from './fields.ts';
import { consumersSchema, jwtSchema } from './schema-consumers.ts';
import { defaultsSchema, functionSchema } from './schema-functions.ts';
import { redisSchema } from './schema-redis.ts';
import { upstreamSchema } from './schema-upstreams.ts';
import { type SecretSchema, secretIn } from './secret.ts';
import { size } from './units.ts';

const host = text(/^[A-Za-z0-9.:_-]+$/, 'a host name or an IP address');
const port = whole(0, 65_535);

const listen = section({
  // The port others are to reach; the admin port below is not.
  host: host.prefault('0.0.0.0').describe('Address of the data plane.'),
  port: port.prefault(8080).describe('Port of the data plane; 0 takes a free one.'),
});

const admin = (secret: SecretSchema) =>
  section({
    host: host.prefault('127.0.0.1').describe('Address of the admin plane.'),
    port: port.prefault(8081).describe('Port of the admin plane; 0 takes a free one.'),
    token: secret.optional().describe('Bearer token of /admin. None: beyond loopback only /metrics and health are served.'),
  });

const cache = section({
  // Some thousand results of the usual few kilobytes, in a process of a few hundred megabytes.
  memory: size().prefault('64mb').describe('The most that results kept in memory may take together.'),
});

const metrics = section({
  // About a thousand busy functions; a scrape of so many takes a fraction of a second and some 20 MB.
  maxSeries: whole(1_000, 10_000_000).prefault(200_000).describe('The most series of /metrics; what is more shares the label _overflow.'),
});

/** Prices differ by region and contract: none is taken for granted. */
const pricing = section({
  currency: text(/^[A-Z]{3}$/, 'a currency as three capital letters, such as USD').describe('Of all prices and costs.'),
  perMillionRequests: number(0, 1_000_000).describe('Price of a million requests.'),
  perGbSecond: number(0, 1_000).describe('Price of a GB-second; a GB is 1024 MB.'),
  monthlyBudget: number(0, 1_000_000_000)
    .optional()
    .describe('What a month may cost: an alert tells when it will cost more. None: no alert.'),
});

type Addresses = Readonly<Record<'listen' | 'admin', { readonly host: string; readonly port: number }>>;

const log = section({
  // A line has half a kilobyte: of 1,000 calls a second all are 40 GB a day, and a hundredth says as well what is usual.
  successes: number(0, 1).prefault(0.01).describe('The share of calls that went well which have a line in the log, 0 to 1.'),
  // Anybody can be refused by the million. Five let each mistake be seen, and all kinds together stay within some GB a day.
  refusalsPerSecond: whole(0, 1_000_000)
    .prefault(5)
    .describe('Of calls that were refused with a 4xx, and of callers who left: lines in a second, of each kind of refusal.'),
});

/** Whether each server can have its port: addresses that overlap have a port once. Port 0 is a free one; one that is wrong is none. */
function portsDiffer({ listen, admin }: Partial<Addresses>): boolean {
  if (!listen?.port || !admin || listen.port !== admin.port) return true;
  const hosts = [listen.host, admin.host];
  return listen.host !== admin.host && !hosts.includes('0.0.0.0') && !hosts.includes('::');
}

/**
 * The whole file. The one source of types, defaults, messages and the JSON Schema.
 *
 * @param folder from where the `file:PATH` of a secret is seen
 */
export function fileSchema(folder: string) {
  const secret = secretIn(folder);
  return section({
    listen: listen.prefault({}).describe('Where callers call.'),
    admin: admin(secret).prefault({}).describe('Where operators look.'),
    upstreams: named(
      /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
      '1 to 63 letters, digits, "-" or "_", starting with a letter or digit',
      upstreamSchema(secret),
    ).describe('Where functions live, by an id of your choice: a URN goes to the upstream of its region and project.'),
    redis: redisSchema(folder).optional().describe('None: results are kept in memory only.'),
    cache: cache.prefault({}).describe('The store of kept results.'),
    metrics: metrics.prefault({}).describe('What /metrics may hold.'),
    log: log.prefault({}).describe('Which calls have a line in the log; those that failed always have one.'),
    pricing: pricing.optional().describe('What FunctionGraph charges. None: nothing is shown in money.'),
    defaults: defaultsSchema.optional().describe('Every key of a function but urn, description and fallback may stand here.'),
    functions: named(
      functionNamePattern,
      '1 to 63 of a-z, 0-9, ".", "_" and "-", starting with a letter or digit',
      functionSchema,
    ).describe('What may be called, by the name in POST /run/NAME.'),
    consumers: consumersSchema
      .optional()
      .describe('Who may call, by an id of your choice. The id anonymous is for those who call without a key.'),
    anonymous: choice(['allow', 'deny'])
      .optional()
      .describe(
        'allow: who calls without a key is the consumer anonymous. None: deny, but allow where there are no other consumers and no jwt.',
      ),
    jwt: jwtSchema.optional().describe('Takes JSON Web Tokens of one issuer as well. None: API keys only.'),
  }).refine(portsDiffer, {
    ...always,
    path: ['admin', 'port'],
    error: ({ input }) => {
      const { listen, admin } = input as Addresses;
      return `is ${admin.port}, which listen takes (${listen.host}, port ${listen.port}); allowed is another port, 0, or hosts that do not overlap`;
    },
  });
}

export type ConfigFile = z.output<ReturnType<typeof fileSchema>>;
