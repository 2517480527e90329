import type { ServerResponse } from 'node:http';
import type { Arrival } from '../accept.ts';
import type { Problem } from '../call.ts';
import type { Measured } from '../gateway.ts';
import { challengeFor } from './challenge.ts';
import { type Head, ownHead } from './head.ts';
import { problemDocument } from './problem-json.ts';

/** Larger answers go out as bytes, in a write of their own: a string of them costs more than the write. */
const oneWriteBytes = 16 * 1024;

/** Writes what the gateway served; nothing that matters, where nobody is left to read it. */
export function writeAnswer(outgoing: ServerResponse, served: Measured, arrival: Arrival): void {
  const { reply } = served;
  if (reply.kind === 'left') {
    outgoing.writeHead(499).end();
    return;
  }
  const head = ownHead(served, arrival);
  if (reply.kind === 'answer') {
    const { status, headers, body } = reply.answer;
    for (const name in headers) head.push(name, headers[name]!);
    write(outgoing, status, head, body);
  } else {
    const credentials = { authorization: arrival.header('authorization'), apiKey: arrival.header('x-api-key') };
    head.push(...Object.entries(challengeFor(reply.problem, credentials)).flat());
    writeProblem(outgoing, reply.problem, reply.requestId ?? arrival.requestId, head);
  }
}

/** Writes a problem; `more` are further fields of its head. */
export function writeProblem(outgoing: ServerResponse, problem: Problem, requestId: string, more: Head = []): void {
  const { status, headers, body } = problemDocument(problem, requestId);
  write(outgoing, status, [...Object.entries(headers).flat(), ...more], Buffer.from(body));
}

/** Latin-1 has a character for each byte, and a head and a body that are both strings are one write. */
function write(outgoing: ServerResponse, status: number, head: Head, body: Buffer): void {
  if (status === 204 || status === 304) {
    outgoing.writeHead(status, head).end();
    return;
  }
  head.push('content-length', String(body.length));
  outgoing.writeHead(status, head);
  if (body.length <= oneWriteBytes) outgoing.end(body.toString('latin1'), 'latin1');
  else outgoing.end(body);
}
