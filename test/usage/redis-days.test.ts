import { expect, test } from 'vitest';
import type { Reply } from '../../src/remote.ts';
import { RedisDays } from '../../src/usage/redis-days.ts';

/** A Redis that answers what it is told to, in this order. */
function daysOver(...replies: readonly ([last: string, cursor: string, fields: readonly string[]] | Reply)[]) {
  const sent: (string | number | Buffer)[][] = [];
  const faults: string[] = [];
  const days = new RedisDays({
    remote: {
      async run(_script, _keys, args) {
        const reply = replies[sent.length]!;
        sent.push([...args]);
        if ('ok' in reply) return reply;
        const [last, cursor, fields] = reply;
        return { ok: true, value: [Buffer.from(last), Buffer.from(cursor), fields.map((field) => Buffer.from(field))] };
      },
    },
    id: 'here',
    onFault: (reason) => void faults.push(reason),
  });
  return { days, sent, faults };
}

const executions = (read: Awaited<ReturnType<RedisDays['read']>>) =>
  Object.fromEntries(
    [...(read?.sums.of() ?? [])].map(({ consumer, function: name, counts }) => [`${consumer} ${name}`, counts.executions]),
  );

test('a field that comes in two pages counts once, with what it was last', async () => {
  const { days, sent } = daysOver(
    ['3', '7', ['a f executions', '1', 'b f executions', '5']],
    ['3', '0', ['a f executions', '2', 'c f executions', '4', '@here', '3']],
  );
  const read = await days.read(0, undefined);
  expect([read?.last, executions(read)]).toEqual([3, { 'a f': 2, 'b f': 5, 'c f': 4 }]);
  expect(sent.map(([, cursor]) => cursor)).toEqual(['0', '7']);
});

test('a batch that arrives between two pages is in all of what is read, or in nothing', async () => {
  const { days, sent } = daysOver(
    ['3', '7', ['a f executions', '1']],
    ['4', '0', ['b f executions', '1']],
    ['4', '7', ['a f executions', '2']],
    ['4', '0', ['b f executions', '1']],
  );
  const read = await days.read(0, undefined);
  expect([read?.last, executions(read)]).toEqual([4, { 'a f': 2, 'b f': 1 }]);
  expect(sent.map(([, cursor]) => cursor)).toEqual(['0', '7', '0', '7']);
});

test('a day is read whole or not at all', async () => {
  const { days, faults } = daysOver(['3', '7', ['a f executions', '1']], { ok: false, reason: 'timeout' });
  expect([await days.read(0, undefined), faults]).toEqual([undefined, ['timeout']]);
});

test('what nobody here ever writes is left out and counted, once', async () => {
  const wrong = ['a f executions', 'x', 'a f other', '1', 'a', '1', '=1 f executions', '1', 'a =f executions', '1', 'b f executions', '-1'];
  const { days, faults } = daysOver(['0', '0', [...wrong, 'c f executions', '1']]);
  expect([executions(await days.read(0, undefined)), faults]).toEqual([{ 'c f': 1 }, ['damaged']]);
});
