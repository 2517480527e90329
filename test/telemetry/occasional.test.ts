import { expect, test } from 'vitest';
import { Occasional } from '../../src/telemetry/occasional.ts';
import { FakeClock } from '../support/clock.ts';

test('a fault that lasts is told at once, then every ten seconds with how often it went untold', async () => {
  const clock = new FakeClock();
  const occasional = new Occasional(clock);
  const told: number[] = [];
  for (let second = 0; second < 25; second++) {
    occasional.say('refused', (unsaid) => told.push(unsaid));
    await clock.advance(1_000);
  }
  expect(told).toEqual([0, 9, 9]);
});

test('one kind of fault does not hide another', () => {
  const occasional = new Occasional(new FakeClock());
  const told: string[] = [];
  for (const kind of ['refused', 'dns', 'refused']) occasional.say(kind, () => told.push(kind));
  expect(told).toEqual(['refused', 'dns']);
});
