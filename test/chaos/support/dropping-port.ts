import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { monotonicMs } from './monotonic.ts';

/** A port that takes connections and drops each at once. */
export interface DroppingPort extends AsyncDisposable {
  readonly port: number;
  /** When each came, as of `monotonicMs`. */
  readonly takenAtMs: readonly number[];
}

export async function openDroppingPort(): Promise<DroppingPort> {
  const takenAtMs: number[] = [];
  const server = createServer((socket) => {
    takenAtMs.push(monotonicMs());
    socket.on('error', () => undefined);
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    takenAtMs,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
