import type { Socket } from 'node:net';
import { echo, numbered, result, serviceError, throttled } from './answers.ts';
import type { Behaviour, Execution } from './behaviour.ts';
import { breakages, cut } from './broken.ts';
import { Lottery } from './lottery.ts';

export interface Stage {
  readonly socket: Socket;
  /** The request. */
  readonly text: string;
  /** Of the same function, this one included. */
  readonly inFlight: number;
  /** Executions of the same function so far, this one included. */
  readonly number: number;
  /** To be told when it is over, unless the other side has closed the connection before. */
  readonly end: (ending: Execution['ending']) => void;
}

const lottery = new Lottery();

/** Carries out a behaviour on the connection a request came over. */
export function act(behaviour: Behaviour, { socket, text: request, inFlight, number, end }: Stage): void {
  const answer = (text: string, afterMs = 0) => {
    const write = () => {
      if (socket.destroyed) return;
      socket.write(text);
      end('answered');
    };
    if (afterMs === 0) write();
    else setTimeout(write, afterMs);
  };
  switch (behaviour.kind) {
    case 'answer':
      answer(lottery.draws(behaviour.failuresPer100 ?? 0) ? serviceError : result, behaviour.afterMs);
      break;
    case 'limited':
      if (inFlight > behaviour.places) answer(throttled);
      else answer(result, behaviour.afterMs);
      break;
    case 'cut':
      if (lottery.draws(behaviour.cutsPer100)) {
        end('cut');
        cut(socket);
      } else {
        answer(result);
      }
      break;
    case 'broken':
      end('answered');
      breakages[behaviour.how](socket);
      break;
    case 'numbered':
      answer(numbered(number), behaviour.afterMs);
      break;
    case 'echo':
      answer(echo(request));
      break;
    case 'mute':
  }
}
