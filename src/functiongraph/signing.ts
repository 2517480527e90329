/**
 * Huawei Cloud request signature SDK-HMAC-SHA256, as pure steps, each with its own intermediate value to compare.
 * Source: "AK/SK Signing and Authentication Algorithm" of the API signing guide; equal to `AKSKSigner` of the official Node.js SDK.
 */

import { hash } from 'node:crypto';

const algorithm = 'SDK-HMAC-SHA256';

/** What is signed of a request: nothing else of it is protected. */
export interface SignableRequest {
  /** Upper case. */
  readonly method: string;
  /** As it stands on the request line, without the query. */
  readonly path: string;
  /** Decoded names and values, in any order; a repeated name is a repeated pair. */
  readonly query: readonly (readonly [string, string])[];
  /** Every one of them is signed. Names in any case, no two of them equal but for case. */
  readonly headers: Readonly<Record<string, string>>;
  /** {@link sha256Hex} of the body's exact bytes, or what `X-Sdk-Content-Sha256` says in its place. */
  readonly payloadHash: string;
}

/** Every segment percent-encoded, and always a slash at the end, whether the request has one or not. */
export function canonicalUri(path: string): string {
  const encoded = percentEncode(path).replaceAll('%2F', '/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
}

/** `name=value` pairs, encoded, by name and then by value in code unit order. An empty value keeps its `=`. */
export function canonicalQuery(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .toSorted(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');
}

/** One `name:value` line for each header, lower-case names in order, values trimmed; each line ends in a newline. */
export function canonicalHeaders(headers: Readonly<Record<string, string>>): string {
  return linesOf(sortedByName(headers));
}

/** The names of {@link canonicalHeaders}, in the same order, joined by `;`. */
export function signedHeaders(headers: Readonly<Record<string, string>>): string {
  return namesOf(sortedByName(headers));
}

/** The text whose hash is signed. */
export function canonicalRequest({ method, path, query, headers, payloadHash }: SignableRequest): string {
  return canonicalText(method, canonicalUri(path), canonicalQuery(query), canonicalHeaders(headers), signedHeaders(headers), payloadHash);
}

/** The same of its parts, each in its canonical form. */
export function canonicalText(method: string, uri: string, query: string, headers: string, signed: string, payloadHash: string): string {
  return `${method}\n${uri}\n${query}\n${headers}\n${signed}\n${payloadHash}`;
}

/** @param sdkDate the value of `X-Sdk-Date`, see {@link sdkDate} */
export function stringToSign(canonicalRequest: string, sdkDate: string): string {
  return `${algorithm}\n${sdkDate}\n${sha256Hex(canonicalRequest)}`;
}

/** Lower-case hex. The secret key is the HMAC key as it is: unlike AWS, no key is derived. */
export function signature(secretKey: string, stringToSign: string): string {
  return hmacWith(secretKey)(stringToSign);
}

const blockBytes = 64;
const digestBytes = 32;

/**
 * HMAC-SHA-256 in lower-case hex with one key, as RFC 2104 spells it out: H(K ⊕ opad, H(K ⊕ ipad, text)). Two hashes in one shot each cost
 * a third of a `createHmac`, which makes an object of OpenSSL for every call.
 */
export function hmacWith(secretKey: string): (text: string) => string {
  const secret = Buffer.from(secretKey);
  const key = secret.length > blockBytes ? hash('sha256', secret, 'buffer') : secret;
  const outer = Buffer.alloc(blockBytes + digestBytes, 0x5c);
  let inner = Buffer.alloc(blockBytes, 0x36);
  for (const [at, byte] of key.entries()) {
    inner[at]! ^= byte;
    outer[at]! ^= byte;
  }
  return (text) => {
    const bytes = blockBytes + Buffer.byteLength(text);
    if (inner.length !== bytes) inner = Buffer.concat([inner.subarray(0, blockBytes)], bytes);
    inner.write(text, blockBytes);
    outer.write(hash('sha256', inner), blockBytes, 'hex');
    return hash('sha256', outer);
  };
}

/** The value of the `Authorization` header. No comma stands after the algorithm. */
export function authorization(accessKey: string, signedHeaders: string, signature: string): string {
  return `${algorithm} Access=${accessKey}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

/** `YYYYMMDDTHHMMSSZ` in UTC. The service refuses one that is more than 15 minutes off. */
export function sdkDate(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** Lower-case hex; a string counts as its UTF-8 bytes. */
export function sha256Hex(bytes: string | Uint8Array): string {
  return hash('sha256', bytes);
}

/** RFC 3986: all but the unreserved characters. `encodeURIComponent` leaves five reserved ones as they are. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

type Header = readonly [name: string, value: string];

/** By lower-case name, which no two share. */
function sortedByName(headers: Readonly<Record<string, string>>): Header[] {
  const sorted: Header[] = [];
  for (const name in headers) sorted.push([name.toLowerCase(), headers[name]!]);
  return sorted.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

function linesOf(sorted: readonly Header[]): string {
  return sorted.map((header) => `${header[0]}:${header[1].trim()}\n`).join('');
}

function namesOf(sorted: readonly Header[]): string {
  return sorted.map((header) => header[0]).join(';');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
