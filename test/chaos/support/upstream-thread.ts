import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { act } from './act.ts';
import type { Behaviour, Execution, Order, Report } from './behaviour.ts';
import { monotonicMs } from './monotonic.ts';
import { readRequests } from './read-requests.ts';

const { idleMs } = workerData as { readonly idleMs: number | undefined };
const behaviours = new Map<string, Behaviour>();
const executions: Execution[] = [];
const running = new Map<string, number>();
const begun = new Map<string, number>();
const sockets = new Set<Socket>();

function serve(socket: Socket): void {
  sockets.add(socket.setNoDelay());
  let execution: Execution | undefined;
  let reused = false;
  let idle: NodeJS.Timeout | undefined;
  const rest = () => {
    if (idleMs !== undefined && !socket.destroyed) idle = setTimeout(() => socket.destroy(), idleMs);
  };
  const end = (ending: Execution['ending']) => {
    if (execution === undefined) return;
    Object.assign(execution, { endedAtMs: monotonicMs(), ending });
    running.set(execution.name, running.get(execution.name)! - 1);
    execution = undefined;
    rest();
  };
  // Whoever resets a connection closes it as well.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    sockets.delete(socket);
    clearTimeout(idle);
    end('left');
  });
  rest();
  readRequests(socket, ({ requestId, name, text }) => {
    clearTimeout(idle);
    execution = { requestId, name, reused, startedAtMs: monotonicMs(), endedAtMs: undefined, ending: undefined };
    reused = true;
    executions.push(execution);
    const inFlight = (running.get(name) ?? 0) + 1;
    running.set(name, inFlight);
    const number = (begun.get(name) ?? 0) + 1;
    begun.set(name, number);
    act(behaviours.get(name) ?? { kind: 'answer', afterMs: 0 }, { socket, text, inFlight, number, end });
  });
}

const server = createServer(serve).listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
await once(server, 'listening');
parentPort!.postMessage((server.address() as AddressInfo).port);

parentPort!.on('message', (order: Order) => {
  if (order.kind === 'behave') behaviours.set(order.name, order.behaviour);
  const report: Report = { executions, openSockets: sockets.size };
  parentPort!.postMessage(order.kind === 'report' ? report : undefined);
});
