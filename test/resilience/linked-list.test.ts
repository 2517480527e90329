import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Link, LinkedList } from '../../src/resilience/linked-list.ts';

function fromOldest<T>(list: LinkedList<T>): T[] {
  const values: T[] = [];
  for (let link = list.oldest; link; link = link.newer) values.push(link.value);
  return values;
}

function fromNewest<T>(list: LinkedList<T>): T[] {
  const values: T[] = [];
  for (let link = list.newest; link; link = link.older) values.push(link.value);
  return values;
}

test('a list holds what came and was not taken out, in order from either end', () => {
  const command = fc.oneof(fc.constant('append' as const), fc.record({ remove: fc.nat() }));
  fc.assert(
    fc.property(fc.array(command, { maxLength: 50, size: 'max' }), (commands) => {
      const list = new LinkedList<number>();
      let links: Link<number>[] = [];
      for (const [index, step] of commands.entries()) {
        if (step === 'append') links.push(list.append(index));
        else if (links.length > 0) {
          const link = links[step.remove % links.length]!;
          list.remove(link);
          links = links.filter((other) => other !== link);
        }
        const values = links.map(({ value }) => value);
        expect(fromOldest(list)).toEqual(values);
        expect(fromNewest(list)).toEqual(values.reverse());
        expect(list.length).toBe(links.length);
      }
    }),
  );
});
