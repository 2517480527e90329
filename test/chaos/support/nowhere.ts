import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** An endpoint where nothing listens. */
export async function refusingEndpoint(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

export interface BlackHole extends AsyncDisposable {
  readonly endpoint: string;
}

/** A server's thread that never turns again once it listens. */
const stuck = `
const { createServer } = require('node:net');
const { parentPort } = require('node:worker_threads');
const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});`;

/**
 * An endpoint where packets vanish: a server that takes nobody in, and whose line is full. The kernel then drops whoever knocks.
 */
export async function openBlackHole(): Promise<BlackHole> {
  const worker = new Worker(stuck, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  const fillers: Socket[] = [];
  // Linux takes one more than asked for, and others some more.
  for (let count = 0; count < 8; count++) fillers.push(connect(port, '127.0.0.1').on('error', () => undefined));
  await pass(100);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
