import { projectIdPattern, regionPattern } from '../urn.ts';
import { always, choice, origin, section, text, whole } from './fields.ts';
import type { SecretSchema } from './secret.ts';
import { duration } from './units.ts';

/** By these two a URN finds its upstream. */
export const placeKeys = {
  region: text(regionPattern, 'a region such as "cn-north-4"').describe('The region whose functions it serves.'),
  projectId: text(projectIdPattern, '32 letters or digits, in quotes if all are digits').describe('The project whose functions it serves.'),
};

const label = text(/\S/, 'text that is not blank');

const iam = (secret: SecretSchema) =>
  section({
    endpoint: origin().optional().describe('Where tokens come from; default: https://iam.REGION.myhuaweicloud.com.'),
    domain: label.describe('The account’s name.'),
    user: label.describe('The IAM user’s name.'),
    password: secret.describe('The IAM user’s password.'),
    project: label.describe('The name of the project the token is for.'),
  });

const credentials = (secret: SecretSchema) =>
  section({
    accessKey: secret.optional().describe('AK of the signature SDK-HMAC-SHA256.'),
    secretKey: secret.optional().describe('SK of the signature.'),
    securityToken: secret.optional().describe('Goes with temporary keys, as X-Security-Token.'),
    iam: iam(secret).optional().describe('Instead of keys: a user whose token is sent as X-Auth-Token.'),
  })
    .refine(({ iam, accessKey, secretKey, securityToken }) => !iam || !(accessKey || secretKey || securityToken), {
      ...always,
      error: 'has both keys and iam, allowed is exactly one: accessKey and secretKey, or iam',
    })
    .refine(({ iam, accessKey }) => iam || accessKey, {
      ...always,
      path: ['accessKey'],
      error: 'is missing, allowed is accessKey and secretKey, or iam',
    })
    .refine(({ iam, secretKey }) => iam || secretKey, {
      ...always,
      path: ['secretKey'],
      error: 'is missing, allowed is accessKey and secretKey, or iam',
    });

export const upstreamSchema = (secret: SecretSchema) =>
  section({
    ...placeKeys,
    endpoint: origin().optional().describe('Where it answers; default: https://functiongraph.REGION.myhuaweicloud.com.'),
    apiVersion: choice(['v1.0', 'v2']).prefault('v1.0').describe('v1.0: /v1.0/PROJECT/fss/…   v2: /v2/PROJECT/fgs/…'),
    // What v1.0 always answers, so that changing the version changes nothing else.
    response: choice(['envelope', 'raw']).prefault('envelope').describe('What to ask of v2: the envelope of v1, or the raw answer.'),
    // FunctionGraph's default for an account.
    maxConcurrency: whole(1, 100_000).prefault(100).describe('Executions in flight for this account, over all its functions.'),
    // Bounded: a slow upstream must not take every socket of the machine.
    maxConnections: whole(1, 10_000).prefault(256).describe('Connections open at a time.'),
    connectTimeout: duration(30_000).prefault('3s').describe('How long a connection may take to open.'),
    credentials: credentials(secret)
      .optional()
      .describe('Exactly one kind: keys or iam. None: unsigned (a private endpoint, the emulator).'),
  }).refine(({ apiVersion, response }) => response !== 'raw' || apiVersion !== 'v1.0', {
    ...always,
    path: ['response'],
    error: 'is "raw", which v1.0 cannot answer; allowed is "envelope", or apiVersion: v2',
  });
