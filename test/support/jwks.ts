import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Json = Readonly<Record<string, unknown>>;

export interface SigningKey {
  /** As it stands in a key set. */
  readonly jwk: Json;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly alg: string;
}

/** A key pair for `alg`; its public half carries `kid` and `alg`, unless `bare`. */
export function signingKey(alg: string, kid: string, { bare = false } = {}): SigningKey {
  const { publicKey, privateKey } = pairFor(alg);
  const named = { kid, ...(!bare && { alg, use: 'sig' }) };
  return { jwk: { ...(publicKey.export({ format: 'jwk' }) as Json), ...named }, publicKey, privateKey, alg };
}

function pairFor(alg: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (/^[RP]S/.test(alg)) return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (alg === 'ES384') return generateKeyPairSync('ec', { namedCurve: 'P-384' });
  if (alg === 'ES512') return generateKeyPairSync('ec', { namedCurve: 'P-521' });
  return generateKeyPairSync('ed25519');
}

const encoded = (part: Json | string) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A token whose header says anything, signed by `sign`: made by hand, since a library makes none that are wrong. */
export function token(header: Json, claims: Json | string, sign: (input: string) => Buffer): string {
  const input = `${encoded(header)}.${encoded(claims)}`;
  return `${input}.${sign(input).toString('base64url')}`;
}

/** The signature of RFC 7518 section 3 for the key's algorithm. */
export function signatureBy({ alg, privateKey }: SigningKey): (input: string) => Buffer {
  const digest = /^(?:Ed|ML)/.test(alg) ? null : `sha${alg.slice(2)}`;
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: Number(alg.slice(2)) / 8 } : {};
  return (input) => signBytes(digest, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363', ...padding });
}

/** As an issuer makes it. */
export function tokenBy(key: SigningKey, claims: Json, header: Json = {}): string {
  return token({ alg: key.alg, kid: key.jwk.kid, typ: 'JWT', ...header }, claims, signatureBy(key));
}

export interface Issuer extends AsyncDisposable {
  readonly url: string;
  /** How often it was asked for its keys. */
  readonly asked: () => number;
  /** What it answers from now on: keys, or a status and a body. */
  publish(keys: readonly SigningKey[]): void;
  answer(status: number, body: string, headers?: Record<string, string>): void;
  /** Takes requests and does not answer. */
  hang(): void;
}

/** A server on loopback that publishes a key set. */
export async function issuer(keys: readonly SigningKey[]): Promise<Issuer> {
  let count = 0;
  let current: { status: number; body: string; headers: Record<string, string> } | undefined;
  const server = createServer((_, response) => {
    count++;
    if (current) response.writeHead(current.status, current.headers).end(current.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer: Issuer['answer'] = (status, body, headers = {}) => {
    current = { status, body, headers: { 'content-type': 'application/json', ...headers } };
  };
  const publish: Issuer['publish'] = (published) => answer(200, JSON.stringify({ keys: published.map(({ jwk }) => jwk) }));
  publish(keys);
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    asked: () => count,
    publish,
    answer,
    hang() {
      current = undefined;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
