import { expect, test } from 'vitest';
import { Sessions } from '../../../src/admin/console/sessions.ts';
import { FakeClock } from '../../support/clock.ts';

test('sessions are 200 at most: the one that was not used for longest goes', () => {
  const sessions = new Sessions(new FakeClock());
  const ids = Array.from({ length: 200 }, () => sessions.open());
  expect(sessions.has(ids[0])).toBe(true);
  sessions.open();
  expect([sessions.has(ids[0]), sessions.has(ids[1])]).toEqual([true, false]);
});

test('no id is like another one, and none is a session that was not opened', () => {
  const sessions = new Sessions(new FakeClock());
  const ids = new Set(Array.from({ length: 100 }, () => sessions.open()));
  expect(ids.size).toBe(100);
  for (const id of [undefined, '', 'x', '__proto__', [...ids][0]!.slice(1)]) expect(sessions.has(id)).toBe(false);
});

test('wrong tokens of one address are no trouble for another, and their number is bounded', () => {
  const sessions = new Sessions(new FakeClock());
  for (let times = 0; times < 5; times++) sessions.failed('10.0.0.1');
  expect([sessions.mustWait('10.0.0.1'), sessions.mustWait('10.0.0.2')]).toEqual([true, false]);
  for (let at = 0; at < 5_000; at++) sessions.failed(`10.1.${at >> 8}.${at & 255}`);
  expect(sessions.mustWait('10.0.0.1')).toBe(false);
});
