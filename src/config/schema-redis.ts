import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { allowed, always, flag, section, text, whole } from './fields.ts';
import { Secret, secretIn } from './secret.ts';
import { kind } from './seen.ts';
import { duration } from './units.ts';

const singleUrl = 'redis[s]://HOST[:PORT][/DATABASE]';
const nodeUrl = 'redis://HOST[:PORT] or rediss://HOST[:PORT]';
const unseen = 'not shown, it may hold a password';
const places = ['url', 'sentinel', 'cluster'] as const;
const onePlace = 'allowed is exactly one of url, sentinel and cluster';

/** What can be connected to, or undefined. A query is nothing that can be: a driver might take it for options. */
function redisUrl(url: Secret): URL | undefined {
  const parsed = URL.parse(url.reveal());
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '' || parsed.search || parsed.hash) return undefined;
  try {
    decodeURIComponent(parsed.username + parsed.password);
    return parsed;
  } catch {
    return undefined;
  }
}

const isTls = (url: unknown) => url instanceof Secret && redisUrl(url)?.protocol === 'rediss:';

/** Nodes that are let in alike: TLS for all or none, and the user and password of the first, which the others may leave out. */
function nodes(folder: string, database: string) {
  const node = secretIn(folder, nodeUrl)
    .refine(redisUrl, { error: `is no URL of a node (${unseen}), allowed is ${nodeUrl}` })
    .refine((url) => /^\/?$/.test(redisUrl(url)?.pathname ?? ''), {
      error: `has something after its host and port (${unseen}), allowed is ${nodeUrl}: ${database}`,
    });
  const list = z.array(node, { error: ({ input }) => `is ${kind(input)}, allowed is a list of ${nodeUrl}` });
  return list
    .min(1, { error: `is an empty list, allowed is a list of ${nodeUrl}` })
    .refine((urls) => new Set(urls.map(isTls)).size < 2, { error: 'has both redis:// and rediss://, allowed is one of them for all' })
    .refine((urls) => new Set(urls.map(loginOf).filter((login, i) => i === 0 || login !== ':')).size < 2, {
      error: `has users or passwords that differ (not shown), allowed are those of the first for all; the others may leave them out`,
    });
}

function loginOf(url: Secret): string {
  const parsed = redisUrl(url);
  return `${parsed?.username}:${parsed?.password}`;
}

const sentinel = (folder: string) =>
  section({
    name: text(/\S/, 'text that is not blank').describe('What the sentinels call the master.'),
    nodes: nodes(folder, 'the database is sentinel.database').describe(
      'The sentinels, as a list of redis:// or rediss:// (TLS); with user and password where the sentinels want them. Name all of them.',
    ),
    user: text(/\S/, 'text that is not blank').optional().describe('The user at master and replicas.'),
    password: secretIn(folder).optional().describe('The password at master and replicas.'),
    database: whole(0, 1_000_000).prefault(0).describe('Which database of the master.'),
    tls: flag().prefault(false).describe('TLS to master and replicas.'),
  });

/** @param folder from where the `file:PATH` of a secret is seen */
export const redisSchema = (folder: string) =>
  section({
    // A secret, since it may hold a password.
    url: secretIn(folder, singleUrl)
      .refine((url) => /^\/?\d{0,7}$/.test(redisUrl(url)?.pathname ?? '-'), {
        error: `is not a Redis URL (${unseen}), allowed is ${singleUrl}`,
      })
      .optional()
      .describe('One server: redis:// or rediss:// (TLS), with user, password and database where needed.'),
    sentinel: sentinel(folder).optional().describe('Instead of url: a master that sentinels watch and replace.'),
    cluster: nodes(folder, 'a cluster has no database but 0')
      .optional()
      .describe(
        'Instead of url: some nodes of a cluster, as a list of redis:// or rediss:// (TLS); user and password are the same for all nodes.',
      ),
    ca: secretIn(folder, 'PEM')
      .refine(isCertificates, { error: 'is no certificate, allowed is PEM, from -----BEGIN CERTIFICATE----- to its end' })
      .optional()
      .describe('With TLS: the certificate of who signed that of Redis, as file:PATH or PEM. None: those that Node trusts.'),
    keyPrefix: z
      .string({ error: allowed('text') })
      .prefault('runway:')
      .describe('Stands before every key.'),
    // A store that is slower than this costs more than it saves.
    timeout: duration(10_000).prefault('50ms').describe('Any command slower than this counts as Redis being away.'),
  })
    .refine((redis) => places.some((place) => redis[place] !== undefined), {
      ...always,
      path: ['url'],
      error: `is missing, ${onePlace}`,
    })
    .refine((redis) => given(redis).length < 2, {
      ...always,
      error: ({ input }) => `has ${given(input as Record<string, unknown>).join(' and ')}, ${onePlace}`,
    })
    .refine(({ url, sentinel, cluster, ca }) => !ca || sentinel?.tls || [url, ...(sentinel?.nodes ?? cluster ?? [])].some(isTls), {
      path: ['ca'],
      error: 'is of no use without TLS, allowed is ca together with rediss:// or sentinel.tls',
    });

const given = (redis: Readonly<Partial<Record<(typeof places)[number], unknown>>>) => places.filter((place) => redis[place] !== undefined);

function isCertificates(pem: Secret): boolean {
  const blocks = pem.reveal().match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
}
