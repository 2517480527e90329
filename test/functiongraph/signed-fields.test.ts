import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signedFieldsBy } from '../../src/functiongraph/signed-fields.ts';
import { canonicalHeaders, hmacWith, signedHeaders } from '../../src/functiongraph/signing.ts';

const name = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
const requests = fc.array(fc.dictionary(name, fc.string(), { minKeys: 1, noNullPrototype: true }), { minLength: 1, maxLength: 5 });

test('the signed fields of each request are those of the signing guide, whatever the requests before it had', () => {
  fc.assert(
    fc.property(requests, (all) => {
      const isSigned = (field: string) => field.charCodeAt(0) % 2 === 0;
      const fieldsOf = signedFieldsBy(isSigned);
      for (const headers of all) {
        const signed = Object.fromEntries(Object.entries(headers).filter(([field]) => isSigned(field)));
        expect(fieldsOf(headers)).toEqual({ lines: canonicalHeaders(signed), names: signedHeaders(signed) });
      }
    }),
  );
});

test('an HMAC of two hashes is the HMAC of OpenSSL, for any key and any texts one after the other', () => {
  const key = fc.string({ minLength: 1, maxLength: 100, unit: 'binary' });
  fc.assert(
    fc.property(key, fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), (secret, texts) => {
      const hmac = hmacWith(secret);
      for (const text of texts) expect(hmac(text)).toBe(createHmac('sha256', secret).update(text).digest('hex'));
    }),
  );
});
