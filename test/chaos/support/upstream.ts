import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Behaviour, Order, Report } from './behaviour.ts';

/** A FunctionGraph that does as it is told, in a thread of its own. It keeps a record of each request: that is the truth of a row. */
export interface ScriptedUpstream extends AsyncDisposable {
  readonly endpoint: string;
  /** From now on. A function of which nothing was said answers at once. */
  behave(name: string, behaviour: Behaviour): Promise<void>;
  /** Everything since it was opened. */
  report(): Promise<Report>;
}

/** @param idleMs connections that are idle for this long are closed, without a word about it beforehand */
export async function openUpstream({ idleMs }: { readonly idleMs?: number } = {}): Promise<ScriptedUpstream> {
  const worker = new Worker(new URL('./upstream-thread.ts', import.meta.url), { workerData: { idleMs } });
  const [port] = (await once(worker, 'message')) as [number];
  const ask = async (order: Order): Promise<unknown> => {
    worker.postMessage(order);
    return (await once(worker, 'message'))[0];
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    behave: async (name, behaviour) => void (await ask({ kind: 'behave', name, behaviour })),
    report: () => ask({ kind: 'report' }) as Promise<Report>,
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
