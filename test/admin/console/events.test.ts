import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { EventStreams } from '../../../src/admin/console/event-streams.ts';
import { cookieOf, startConsole } from './start-console.ts';

/** Samples that a test makes by hand. */
function startStreams() {
  const listeners = new Set<() => void>();
  const ending = new AbortController();
  const streams = new EventStreams({
    onSample(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ending: ending.signal,
  });
  const sample = () => {
    for (const listener of listeners) listener();
  };
  return { streams, listeners, ending, sample };
}

/** Reads a stream to its end. */
const textOf = (stream: ReadableStream<Uint8Array>) => new Response(stream).text();

describe('a stream of events', () => {
  test('has one at once and one for each sample, and says when to come back', async () => {
    const { streams, ending, sample } = startStreams();
    let made = 0;
    const stream = streams.open(() => String(++made))!;
    sample();
    sample();
    ending.abort();
    expect(await textOf(stream)).toBe('retry: 2000\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\n');
  });

  test('ends when there is nothing more to tell, and costs nothing then', async () => {
    const { streams, listeners, sample } = startStreams();
    const told = ['first', undefined];
    const stream = streams.open(() => told.shift())!;
    sample();
    expect(await textOf(stream)).toBe('retry: 2000\n\ndata: first\n\n');
    expect(listeners.size).toBe(0);
  });

  test('is let go when its reader does not keep up, so that nothing piles up', async () => {
    const { streams, listeners, sample } = startStreams();
    const large = 'x'.repeat(100_000);
    const stream = streams.open(() => large)!;
    for (let samples = 0; samples < 20; samples++) sample();
    expect(listeners.size).toBe(0);
    expect((await textOf(stream)).length).toBeLessThan(700_000);
  });

  test('is one of 32 at most; one that is closed makes room', async () => {
    const { streams, listeners, ending } = startStreams();
    const open = Array.from({ length: 32 }, () => streams.open(() => 'x')!);
    expect(streams.open(() => 'x')).toBeUndefined();
    await open[0]!.cancel();
    expect(listeners.size).toBe(31);
    expect(streams.open(() => 'x')).toBeDefined();
    ending.abort();
    expect(listeners.size).toBe(0);
    expect(streams.open(() => 'x')).toBeUndefined();
  });
});

describe('GET /console/events', () => {
  test('refuses one page too many, and takes it when another has gone', async () => {
    await using console = await startConsole();
    const leaving = new AbortController();
    const open = await Promise.all(
      Array.from({ length: 32 }, (_, at) => fetch(`${console.url}/console/events`, at === 0 ? { signal: leaving.signal } : {})),
    );
    const refused = await console.get('/console/events');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    leaving.abort();
    await expect
      .poll(async () => {
        const answer = await console.get('/console/events');
        await answer.body!.cancel();
        return answer.status;
      })
      .toBe(200);
    console.ending.abort();
    await Promise.all(open.slice(1).map((answer) => answer.text()));
  });

  test('does not hold up a server that closes', async () => {
    const console = await startConsole();
    const answer = await console.get('/console/events');
    console.ending.abort();
    await console.close(60_000);
    expect(await answer.text()).toMatch(/^retry: 2000\n\ndata: /);
  });

  test('ends when its session does', async () => {
    await using console = await startConsole({ token: 'correct-horse' });
    const cookie = cookieOf(await console.signIn('correct-horse'));
    const answer = await console.get('/console/events', { cookie });
    await console.act('/console/sign-out', {}, { cookie });
    await console.clock.advance(2_000);
    console.history.sample();
    expect((await answer.text()).match(/^data: /gm)).toHaveLength(1);
  });

  test('ends when the function has left the configuration, and knows none that is not there', async () => {
    await using console = await startConsole();
    expect((await console.get('/console/events?function=nobody')).status).toBe(404);
  });

  test('is a stream for who reads it only: HEAD opens none', async () => {
    await using console = await startConsole();
    for (let times = 0; times < 40; times++)
      expect((await fetch(`${console.url}/console/events`, { method: 'HEAD' })).status).toBeLessThan(500);
    const answer = await console.get('/console/events');
    expect(answer.status).toBe(200);
    await answer.body!.cancel();
  });

  test('lets go of a reader that does not read, whatever the buffers on the way hold', async () => {
    const name = 'hello';
    await using console = await startConsole();
    const socket = connect(console.port, '127.0.0.1');
    socket.pause();
    socket.write(`GET /console/events?function=${name} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
    await expect.poll(() => console.streams()).toBe(1);
    for (let at = 0; at < 50; at++) console.fail(name, { detail: 'x'.repeat(10_000), requestId: String(at) });
    for (let samples = 0; samples < 200 && console.streams() > 0; samples++) {
      console.fail(name, { detail: 'x'.repeat(10_000), requestId: `more ${samples}` });
      await console.clock.advance(2_000);
      console.history.sample();
    }
    expect(console.streams()).toBe(0);
    socket.destroy();
  });

  test('tells a page what came since, not everything again', async () => {
    await using console = await startConsole();
    const sampled = async () => {
      console.calls.call('hello', 4);
      await console.clock.advance(2_000);
      console.history.sample();
    };
    await sampled();
    await sampled();
    console.fail('hello');
    const answer = await console.get('/console/events?function=hello');
    await sampled();
    console.fail('hello', { requestId: 'request-2' });
    await sampled();
    console.ending.abort();
    const ticks = [...(await answer.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!));
    expect(ticks.map(({ points, failures }) => [points.at.length, failures?.length])).toEqual([
      [2, 1],
      [1, undefined],
      [1, 2],
    ]);
    expect(ticks.at(-1).cells.rate.text).toBe('2.0');
  });
});
