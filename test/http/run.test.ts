import type { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Arrival } from '../../src/accept.ts';
import type { Measured } from '../../src/gateway.ts';
import { runHandler } from '../../src/http/run.ts';

test('a call whose caller left before its turn does not begin, and the others say how long they waited', async () => {
  const begun: Arrival[] = [];
  const gateway = {
    run(arrival: Arrival) {
      begun.push(arrival);
      return new Promise<Measured>(() => {});
    },
  };
  const run = runHandler({ gateway: gateway as never, ending: new AbortController().signal, onFault: () => {} });
  const bindings = Array.from({ length: 66 }, () => {
    const incoming = new IncomingMessage(new Socket());
    incoming.method = 'POST';
    return { incoming, outgoing: new ServerResponse(incoming) };
  });
  await nextTurn();
  for (const [index, env] of bindings.entries()) run({ req: { param: () => `call-${index}` }, env } as never);
  expect(begun).toHaveLength(64);
  // As Node does when the connection is gone.
  Object.assign(bindings[64]!.outgoing, { destroyed: true });
  (bindings[64]!.outgoing as EventEmitter).emit('close');
  await nextTurn();
  expect(begun.slice(64).map(({ name }) => name)).toEqual(['call-65']);
  expect([begun[0]!.waitedMs, begun[64]!.waitedMs > 0]).toEqual([0, true]);
});
