import { expect, test } from 'vitest';
import { UnderWay } from '../src/under-way.ts';

test('it has ended at once where nothing has begun, and else with the last that is under way', async () => {
  const underWay = new UnderWay();
  await underWay.ended();
  underWay.begin();
  underWay.begin();
  let ended = false;
  const waiting = underWay.ended().then(() => {
    ended = true;
  });
  underWay.end();
  await Promise.resolve();
  expect(ended).toBe(false);
  underWay.end();
  await waiting;
  expect(ended).toBe(true);
});
