import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  authorization,
  canonicalHeaders,
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  type SignableRequest,
  sdkDate,
  sha256Hex,
  signature,
  signedHeaders,
  stringToSign,
} from '../../src/functiongraph/signing.ts';
import file from './signing-vectors.json' with { type: 'json' };

/** Made by running the official SDK; every key in them is made up. */
interface Vector {
  readonly name: string;
  readonly ak: string;
  readonly sk: string;
  readonly date: string;
  readonly method: string;
  readonly url: string;
  readonly query: Record<string, string | string[]>;
  readonly signedHeaders: Record<string, string>;
  readonly body: string;
  readonly bodySha256: string;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly authorization: string;
}
const vectors = file.vectors as unknown as Vector[];

describe.each(vectors)('the vector $name', (vector) => {
  const { pathname } = new URL(vector.url);
  const query = Object.entries(vector.query).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]));
  const headers = vector.signedHeaders;
  const payloadHash = headers['X-Sdk-Content-Sha256'] ?? sha256Hex(vector.body);
  const lines = vector.canonicalRequest.split('\n');

  test('has our hash of its body', () => expect(sha256Hex(Buffer.from(vector.body))).toBe(vector.bodySha256));
  test('has our canonical URI', () => expect(canonicalUri(pathname)).toBe(lines[1]));
  test('has our canonical query', () => expect(canonicalQuery(query)).toBe(lines[2]));
  test('has our canonical headers', () => expect(canonicalHeaders(headers)).toBe(`${lines.slice(3, -3).join('\n')}\n`));
  test('has our list of signed headers', () => expect(signedHeaders(headers)).toBe(lines.at(-2)));
  test('has our canonical request', () => {
    expect(canonicalRequest({ method: vector.method, path: pathname, query, headers, payloadHash })).toBe(vector.canonicalRequest);
  });
  test('has our string to sign', () => expect(stringToSign(vector.canonicalRequest, vector.date)).toBe(vector.stringToSign));
  test('has our authorization', () => {
    const proof = signature(vector.sk, vector.stringToSign);
    expect(authorization(vector.ak, signedHeaders(headers), proof)).toBe(vector.authorization);
  });
});

test('the date is UTC to the second, cut and not rounded', () => {
  expect(sdkDate(Date.UTC(2025, 9, 1, 12, 0, 0, 999))).toBe('20251001T120000Z');
});

test('a value is signed without the spaces around it', () => {
  expect(canonicalHeaders({ 'X-A': '  b c ' })).toBe('x-a:b c\n');
});

interface Signer {
  sign(
    request: {
      method: string;
      endpoint: string;
      headers: Record<string, string>;
      queryParams: Record<string, string | string[]>;
      data: unknown;
    },
    credential: { getAk(): string; getSk(): string },
  ): { Authorization: string };
}
// CommonJS, and the path of this one file: the package's entry would load its whole client.
const { AKSKSigner } = createRequire(import.meta.url)('@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js') as { AKSKSigner: Signer };

describe('the official SDK', () => {
  // What WHATWG and Node URLs keep as it is: the SDK reads the path out of a URL.
  const segment = fc
    .string({ unit: fc.constantFrom(...'abzAZ09-_.~:!$&()*+,;=@%'), minLength: 1, maxLength: 20 })
    .filter((text) => !/^\.\.?$/.test(text));
  const wellFormed = fc.string({ unit: 'grapheme', maxLength: 12 });
  // Names as the API has them; the SDK sorts two lists by two orders, which differ beyond these.
  const headerName = fc.stringMatching(/^x-[a-z0-9]{1,8}(?:-[a-z0-9]{1,8}){0,2}$/).filter((name) => name !== 'x-sdk-date');
  const headerValue = fc.stringMatching(/^[!-~](?:[ -~]{0,20}[!-~])?$/);
  const scenario = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    path: fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`),
    // The SDK lists these in the order of `Object.keys`, sorted: integer-like names included.
    query: fc.dictionary(wellFormed, fc.oneof(wellFormed, fc.array(wellFormed, { minLength: 1, maxLength: 3 })), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
    headers: fc.dictionary(headerName, headerValue, { maxKeys: 5, noNullPrototype: true }),
    body: fc.option(fc.jsonValue({ noUnicodeString: false }).filter(Boolean), { nil: undefined }),
    epochMs: fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2099, 0) }),
    accessKey: fc.stringMatching(/^[A-Z0-9]{20}$/),
    secretKey: fc.stringMatching(/^[A-Za-z0-9]{40}$/),
  });

  test('signs any request as we do', () => {
    fc.assert(
      fc.property(scenario, ({ method, path, query, headers, body, epochMs, accessKey, secretKey }) => {
        const date = sdkDate(epochMs);
        const all = { ...headers, 'content-type': 'application/json', host: 'fg.example', 'X-Sdk-Date': date };
        const theirs = AKSKSigner.sign(
          { method, endpoint: `https://fg.example${path}`, headers: all, queryParams: structuredClone(query), data: body },
          { getAk: () => accessKey, getSk: () => secretKey },
        );
        const request: SignableRequest = {
          method,
          path,
          query: Object.entries(query).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
          headers: all,
          payloadHash: sha256Hex(body === undefined ? '' : JSON.stringify(body)),
        };
        const proof = signature(secretKey, stringToSign(canonicalRequest(request), date));
        expect(authorization(accessKey, signedHeaders(all), proof)).toBe(theirs.Authorization);
      }),
      { numRuns: 500 },
    );
  });
});
