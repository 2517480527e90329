import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRecord, encodeClaim, encodeFinished } from '../../src/idempotency/encoding.ts';
import { type Finished, storedHeaders } from '../../src/idempotency/store.ts';
import { pack } from '../../src/packed.ts';
import { problemKinds } from '../../src/problem.ts';
import { answerReply, claimOf, finishedOf, problemReply } from './records.ts';

const fieldValue = fc.stringMatching(/^[\t -~\u0080-\u00ff]*$/);
const claim = fc.record({ token: fc.string(), fingerprint: fc.string(), requestId: fieldValue, lastsMs: fc.nat() });
const answer = fc.record({
  kind: fc.constant('answer' as const),
  status: fc.integer({ min: 200, max: 599 }),
  headers: fc.dictionary(fc.constantFrom(...storedHeaders), fieldValue).map((headers) => ({ ...headers })),
  body: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
});
const problem = fc
  .record(
    {
      code: fc.constantFrom(...(Object.keys(problemKinds) as (keyof typeof problemKinds)[])),
      detail: fc.string({ unit: 'binary' }),
      retryAfterMs: fc.nat(),
      proxyError: fc.stringMatching(/^[a-z_]+$/),
    },
    { requiredKeys: ['code', 'detail'], noNullPrototype: true },
  )
  .chain((of) => fieldValue.map((requestId) => ({ kind: 'problem' as const, problem: of, requestId })));
const finished: fc.Arbitrary<Finished> = fc.record({ fingerprint: fc.string(), reply: fc.oneof(answer, problem) });

/** Bytes with a right checksum, as another program with access to the same store may write them. */
const forged = (head: unknown, version = 1) => pack({ mark: 'RWO', version }, { stamp: 0, head, body: Buffer.alloc(0) });

describe('a record', () => {
  test('of a call that has run comes back as it was, to the byte', () => {
    fc.assert(
      fc.property(finished, (f) => {
        expect(decodeRecord(encodeFinished(f))).toEqual({ ok: true, kind: 'finished', finished: f });
      }),
    );
  });

  test('of a call that runs comes back as it was, and from there to the same bytes', () => {
    fc.assert(
      fc.property(claim, (c) => {
        const decoded = decodeRecord(encodeClaim(c));
        expect(decoded).toEqual({ ok: true, kind: 'running', claim: c });
        // A gateway that takes over compares the bytes of a claim that it has only read.
        if (decoded.ok && decoded.kind === 'running') expect(encodeClaim(decoded.claim)).toEqual(encodeClaim(c));
      }),
    );
  });

  test('with one byte changed is never taken for another', () => {
    const value = encodeFinished(finishedOf());
    fc.assert(
      fc.property(fc.nat({ max: value.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(value);
        changed[at]! ^= flip;
        expect(decodeRecord(changed).ok).toBe(false);
      }),
    );
  });

  test('cut short anywhere is corrupt or none of ours', () => {
    const value = encodeFinished(finishedOf(problemReply));
    for (let length = 0; length < value.length; length++)
      expect(decodeRecord(value.subarray(0, length))).toMatchObject({ ok: false, reason: /corrupt|foreign/ });
  });

  test('of another version says so, whatever it holds', () => {
    expect(decodeRecord(forged({ anything: true }, 2))).toEqual({ ok: false, reason: 'version' });
  });
});

describe('is told apart from a record, though its checksum is right', () => {
  const fingerprint = 'value:1';
  const { headers, status } = answerReply();
  const of = problemReply.kind === 'problem' ? problemReply.problem : undefined;
  test.each([
    ['a value of JSON that is no object', 1],
    ['an answer without a fingerprint', { kind: 'answer', status, headers }],
    ['a claim without a token', { ...claimOf(), kind: 'claim', token: undefined }],
    ['a claim that lasts for no number', { ...claimOf(), kind: 'claim', lastsMs: '5' }],
    ['a claim with a request id that would split a header', { ...claimOf(), kind: 'claim', requestId: 'a\r\nset-cookie: b' }],
    ['an unknown kind', { kind: 'other', fingerprint, status, headers }],
    ['a status that no answer has', { kind: 'answer', fingerprint, status: 99, headers }],
    ['a header that is not stored', { kind: 'answer', fingerprint, status, headers: { 'set-cookie': 'a=b' } }],
    ['a header that would split the answer', { kind: 'answer', fingerprint, status, headers: { 'content-type': 'a\r\nb: c' } }],
    ['a header that is no text', { kind: 'answer', fingerprint, status, headers: { 'content-type': 1 } }],
    ['a problem of an unknown code', { kind: 'problem', fingerprint, requestId: 'r', problem: { ...of, code: 'toString' } }],
    ['a problem without a detail', { kind: 'problem', fingerprint, requestId: 'r', problem: { code: of?.code } }],
    ['a problem with no number to wait', { kind: 'problem', fingerprint, requestId: 'r', problem: { ...of, retryAfterMs: 'soon' } }],
    ['a problem whose error would split a header', { kind: 'problem', fingerprint, requestId: 'r', problem: { ...of, proxyError: '\n' } }],
    ['a problem without a request id', { kind: 'problem', fingerprint, problem: of }],
  ])('%s', (_name, head) => {
    expect(decodeRecord(forged(head))).toEqual({ ok: false, reason: 'foreign' });
  });
});
