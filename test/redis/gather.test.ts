import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openRedis } from '../../src/redis/connection.ts';

/** Has no keys, and remembers what came: one entry for each time that something did. */
async function emptyServer() {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      received.push(chunk.toString('latin1'));
      socket.write('$-1\r\n'.repeat(commandsIn(received.at(-1)!)));
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { received, url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

function commandsIn(text: string): number {
  return text.match(/^\*\d+\r$/gm)?.length ?? 0;
}

test('the commands of one turn of the event loop come to Redis in one write, each with its own answer', async () => {
  const server = await emptyServer();
  const redis = openRedis({
    server: { kind: 'single', url: { reveal: () => server.url }, ca: undefined },
    keyPrefix: 'runway:',
    timeoutMs: 1_000,
    onStatus: () => {},
    clock: systemClock,
    random: () => 0,
  });
  await redis.known;
  server.received.length = 0;
  const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => redis.read(`key-${index}`)));
  expect(replies).toEqual(Array.from({ length: 20 }, () => ({ ok: true, value: undefined })));
  expect(server.received.map(commandsIn)).toEqual([20]);
  await redis.close();
  server.close();
});
