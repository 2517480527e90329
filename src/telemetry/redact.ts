import { apiKeyPattern } from '../consumer.ts';

/** Keys whose values never reach a log, written without `-` and `_` and in lower case. */
const secretKeys = new Set([
  'accesskey',
  'apikey',
  'authorization',
  'body',
  'cookie',
  'event',
  'idempotencykey',
  'key',
  'password',
  'proxyauthorization',
  'secret',
  'secretkey',
  'securitytoken',
  'setcookie',
  'token',
  'xapikey',
  'xauthtoken',
  'xsecuritytoken',
]);
const redacted = '[redacted]';
const maxDepth = 4;
const urlCredentials = /:\/\/[^/\s@]*@/g;
/** RFC 7519: a header that is a JSON object, and so begins with `{"`, then claims, then a signature. */
const jwtPattern = /eyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/** A copy fit for a log: no values of secret keys, no credentials in URLs, no bytes, nothing deeper than four levels. */
export function redact(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactObject(fields, 1);
}

function redactObject(fields: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(fields).map(([key, value]) => [key, isSecret(key) ? redacted : redactValue(value, depth)]);
  return Object.fromEntries(entries);
}

function isSecret(key: string): boolean {
  return secretKeys.has(key.toLowerCase().replace(/[-_]/g, ''));
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  // Its other properties may hold a request, with its headers.
  if (value instanceof Error) return withoutSecrets(value.stack ?? String(value));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= maxDepth) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return redactObject(value, depth + 1);
  // Of an instance only what it shows of itself: a secret of the configuration shows nothing.
  return withoutSecrets(String(value));
}

/** `redis://user:password@host` → `redis://[redacted]@host`, and no API key or JSON Web Token wherever it stands. */
function withoutSecrets(text: string): string {
  return text.replace(urlCredentials, `://${redacted}@`).replace(apiKeyPattern, redacted).replace(jwtPattern, redacted);
}

/** Whether a text holds what {@link redact} would take out of it. */
export function hasSecret(text: string): boolean {
  return [urlCredentials, apiKeyPattern, jwtPattern].some((pattern) => text.search(pattern) >= 0);
}
