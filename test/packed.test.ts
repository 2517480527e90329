import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pack, unpack } from '../src/packed.ts';

const kind = { mark: 'TST', version: 3 };
const packed = fc.record({
  stamp: fc.integer({ min: 0, max: 10 ** 15 - 1 }),
  head: fc.jsonValue().filter((value) => value !== null && !Object.is(value, -0)),
  body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

test('what is packed comes back, to the byte', () => {
  fc.assert(
    fc.property(packed, ({ stamp, head, body }) => {
      const sent = JSON.parse(JSON.stringify(head)) as unknown;
      expect(unpack(kind, pack(kind, { stamp, head, body }))).toEqual({ ok: true, stamp, head: sent, body });
    }),
  );
});

test('the stamp stands at bytes 9 to 23 as digits: scripts within Redis read it there', () => {
  fc.assert(
    fc.property(packed, (value) => {
      expect(Number(pack(kind, value).toString('latin1', 8, 23))).toBe(value.stamp);
    }),
  );
});

test('another kind and another version are told from what is broken', () => {
  const value = pack(kind, { stamp: 1, head: {}, body: Buffer.from('body') });
  expect(unpack({ ...kind, mark: 'OTH' }, value)).toEqual({ ok: false, reason: 'foreign' });
  expect(unpack({ ...kind, version: 4 }, value)).toEqual({ ok: false, reason: 'version' });
  expect(unpack(kind, value.subarray(0, value.length - 1))).toEqual({ ok: false, reason: 'corrupt' });
});
