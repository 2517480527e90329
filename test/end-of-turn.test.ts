import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atEndOfTurn } from '../src/end-of-turn.ts';

test('work is done after what the turn itself does, in its order, and work it brings about in the next one', async () => {
  const done: string[] = [];
  atEndOfTurn(() => {
    done.push('first');
    atEndOfTurn(() => done.push('of the next turn'));
  });
  atEndOfTurn(() => done.push('second'));
  await Promise.resolve();
  done.push('the turn itself');
  await nextTurn();
  expect(done).toEqual(['the turn itself', 'first', 'second']);
  await nextTurn();
  expect(done.at(-1)).toBe('of the next turn');
});
