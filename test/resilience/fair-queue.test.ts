import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FairQueue, type Share } from '../../src/resilience/fair-queue.ts';

type Member = { -readonly [Key in keyof Share]: Share[Key] };

const shareOf = (consumer: string, weight = 1): Member => ({ consumer, weight, waiting: 1, dueAt: 0 });

test('two who have something waiting differ in what they were served ÷ their weights by one turn of each at most, whatever turns cost', () => {
  const weight = fc.constantFrom(1, 2, 4);
  const cost = fc.integer({ min: 1, max: 1_000 });
  fc.assert(
    fc.property(weight, weight, fc.array(cost, { minLength: 1 }), fc.array(cost, { minLength: 1 }), (w1, w2, costs1, costs2) => {
      const queue = new FairQueue<Member>();
      const sides = [
        { share: shareOf('one', w1), costs: costs1, served: 0 },
        { share: shareOf('other', w2), costs: costs2, served: 0 },
      ];
      for (const { share } of sides) queue.enter(share);
      const bound = Math.max(...costs1) / w1 + Math.max(...costs2) / w2;
      for (let turn = 0; turn < 100; turn++) {
        const side = sides.find(({ share }) => share === queue.next(() => true))!;
        const cost = side.costs[turn % side.costs.length]!;
        queue.charge(side.share, cost);
        side.served += cost / side.share.weight;
        expect(Math.abs(sides[0]!.served - sides[1]!.served)).toBeLessThanOrEqual(bound + 1e-9);
      }
    }),
  );
});

test('who could not start for a while has saved nothing up', () => {
  const queue = new FairQueue<Member>();
  const [blocked, busy] = [shareOf('blocked'), shareOf('busy')];
  queue.enter(blocked);
  queue.enter(busy);
  for (let i = 0; i < 100; i++) queue.charge(queue.next((share) => share !== blocked)!, 1);
  const order = Array.from({ length: 20 }, () => {
    const share = queue.next(() => true)!;
    queue.charge(share, 1);
    return share.consumer;
  });
  expect(Math.abs(order.filter((consumer) => consumer === 'blocked').length - 10)).toBeLessThanOrEqual(1);
});

test('who has just been served and comes again is not first again, and who came long ago is forgotten', () => {
  const queue = new FairQueue<Member>();
  const [light, heavy] = [shareOf('light'), shareOf('heavy', 4)];
  queue.enter(light);
  queue.enter(heavy);
  queue.charge(light, 1);
  light.waiting = 0;
  queue.leave(light);
  expect(queue.get('light')).toBe(light);
  light.waiting = 1;
  queue.enter(light);
  expect(queue.next(() => true)).toBe(heavy);
  light.waiting = 0;
  queue.leave(light);
  for (let i = 0; i < 6; i++) queue.charge(queue.next(() => true)!, 1);
  expect(queue.get('light')).toBeUndefined();
  expect(queue.size).toBe(1);
});
