import { connect, type Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { percentile } from '../statistics.ts';
import { AnswerReader } from './answer-reader.ts';
import type { AtRateOrder, AtRateRun } from './at-rate.ts';
import { type Line, OpenLoop } from './open-loop.ts';

// Makes the calls of at-rate.ts, whose order it reads from its input. What came of them goes to its output.
// It never sleeps: a timer is a millisecond late or more, and what sleeps is woken late.

/** What is not answered by then is lost. */
const patienceMs = 10_000;

async function makeCalls({ port, requests, connections, answer, ...pace }: AtRateOrder): Promise<AtRateRun> {
  const texts = requests.map(({ path, apiKey, event }) => {
    const authorization = apiKey ? `Authorization: Bearer ${apiKey}\r\n` : '';
    const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n${authorization}`;
    return Buffer.from(`${head}Content-Length: ${Buffer.byteLength(event)}\r\n\r\n${event}`);
  });
  let fault: string | undefined;
  const fail = (why: string) => {
    fault ??= why;
  };

  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const beganAtMs = performance.now();
  const lines = sockets.map((socket): Line => {
    const reader = new AnswerReader(answer);
    let underWay = 0;
    const line: Line = {
      send(call) {
        underWay = call;
        socket.write(texts[call % texts.length]!);
      },
    };
    socket.on('data', (chunk: Buffer) => {
      const nowMs = performance.now() - beganAtMs;
      const read = reader.take(chunk);
      if (read === undefined) return;
      if (read.fault !== undefined) fail(read.fault);
      calls.answered(underWay, line, nowMs);
    });
    socket.once('error', ({ message }) => fail(message));
    socket.once('close', () => fail('a connection was closed'));
    return line;
  });
  const calls = new OpenLoop(pace, lines);

  const giveUpAtMs = (pace.leadSeconds + pace.countedSeconds) * 1_000 + patienceMs;
  for (let nowMs = 0; !calls.isOver && fault === undefined; nowMs = performance.now() - beganAtMs) {
    if (nowMs > giveUpAtMs) fail(`${calls.unanswered} calls are not answered`);
    calls.turn(nowMs);
    await turnOfTheLoop();
  }
  for (const socket of sockets) socket.removeAllListeners().destroy();
  const latenciesMs = calls.latenciesMs.toSorted();
  return {
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    noticedLateP99Ms: percentile(calls.noticedLateMs.toSorted(), 0.99),
    fault,
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket.off('error', reject)));
    socket.once('error', reject);
  });
}

console.log(JSON.stringify(await makeCalls((await json(process.stdin)) as AtRateOrder)));
