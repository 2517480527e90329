import { fileURLToPath } from 'node:url';
import { decode, encode, type ImageData } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../support/clock.ts';
import { open } from './local.ts';

const functionsDir = fileURLToPath(new URL('../../src/emulator/functions', import.meta.url));

async function call(name: string, event: unknown) {
  const emulator = await open({}, { functionsDir });
  const answer = await emulator.call(name, event);
  return { status: answer.status, code: answer.headers.get('x-func-err-code'), body: JSON.parse(answer.text) };
}

test('five examples are served, each with a description', async () => {
  const emulator = await open({}, { functionsDir });
  expect(emulator.functions().map(({ name }) => name)).toEqual(['flaky', 'hello', 'image', 'primes', 'slow']);
  for (const { description } of emulator.functions()) expect(description).toMatch(/^[A-Z].*\.$/);
});

test('hello sends the message back, the same for the same event', async () => {
  const answer = { status: 200, code: '0', body: { message: 'Hello World', from: 'hello', version: 'latest' } };
  expect(await call('hello', { message: 'Hello World' })).toEqual(answer);
  expect(await call('hello', {})).toEqual(answer);
});

describe('primes', () => {
  test('factorises and counts', async () => {
    expect((await call('primes', { n: 9_999_991 })).body).toEqual({
      n: 9_999_991,
      prime: true,
      factors: [[9_999_991, 1]],
      primesUpTo: 664_579,
    });
    const factors = [
      [2, 3],
      [3, 2],
      [5, 1],
    ];
    expect((await call('primes', { n: 360 })).body).toEqual({ n: 360, prime: false, factors, primesUpTo: 72 });
  });

  test.each([1, 10_000_001, 2.5, '7', null])('%j is refused, saying what is allowed', async (n) => {
    const errorMessage = `n is ${JSON.stringify(n)}, allowed is a whole number from 2 to 10000000`;
    expect(await call('primes', { n })).toMatchObject({ status: 500, body: { errorMessage, errorType: 'RangeError' } });
  });
});

describe('flaky', () => {
  test.each([
    ['throw', '4002'],
    ['reject', '4002'],
    ['exit', '4204'],
    ['memory', '4205'],
  ])('%s fails with %s', async (how, code) => {
    expect(await call('flaky', { how })).toMatchObject({ status: 500, code });
  });

  test('timeout runs into its limit', async () => {
    const clock = new FakeClock();
    const emulator = await open({}, { functionsDir, clock });
    const answer = emulator.call('flaky', { how: 'timeout' });
    while (!clock.sleptMs.includes(3000)) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(3000);
    expect((await answer).headers.get('x-func-err-code')).toBe('4010');
  });

  test('a share of 0 never fails, an unknown way is refused', async () => {
    expect(await call('flaky', { how: 'exit', share: 0 })).toMatchObject({ status: 200, body: { ok: true } });
    expect((await call('flaky', { how: 'constructor' })).body.errorMessage).toBe(
      'how is "constructor", allowed is one of throw, reject, timeout, exit, memory',
    );
  });
});

test('slow waits as long as it is told', async () => {
  expect(await call('slow', { seconds: 0.01 })).toMatchObject({ status: 200, body: { sleptSeconds: 0.01 } });
  expect((await call('slow', { seconds: 61 })).body.errorMessage).toBe('seconds is 61, allowed is a number from 0 to 60');
});

describe('image', () => {
  const base64 = (image: ImageData) => Buffer.from(encode(image)).toString('base64');
  /** Two pixels of one colour and one of another. */
  const pixels = (common: number[], rare: number[]) => Uint8Array.from([...common, ...rare, ...common]);

  test.each<[string, ImageData, string]>([
    ['RGB', { width: 3, height: 1, channels: 3, data: pixels([200, 100, 50], [0, 0, 255]) }, '#c86432'],
    [
      'RGBA, where what is transparent does not count',
      { width: 3, height: 1, channels: 4, data: pixels([1, 2, 3, 0], [255, 0, 0, 255]) },
      '#ff0000',
    ],
    ['grey', { width: 3, height: 1, channels: 1, data: pixels([128], [0]) }, '#808080'],
    ['16 bits', { width: 1, height: 1, channels: 3, depth: 16, data: Uint16Array.from([0xffff, 0x8080, 0]) }, '#ff8000'],
    ['one bit', { width: 3, height: 1, channels: 1, depth: 1, data: Uint8Array.from([0b10100000]) }, '#ffffff'],
    [
      'indexed',
      {
        width: 3,
        height: 1,
        channels: 1,
        depth: 8,
        data: pixels([1], [0]),
        palette: [
          [0, 0, 0],
          [18, 52, 86],
        ],
      },
      '#123456',
    ],
  ])('%s: size, dominant colour and a swatch of it', async (_kind, image, dominantColour) => {
    const { body } = await call('image', { image: base64(image) });
    expect(body).toMatchObject({ width: image.width, height: image.height, dominantColour });
    const swatch = decode(Buffer.from(body.swatch, 'base64'));
    expect([swatch.width, swatch.height]).toEqual([16, 16]);
    expect(`#${Buffer.from(swatch.data.slice(0, 3)).toString('hex')}`).toBe(dominantColour);
  });

  test.each([
    ['text', 'aGVsbG8='],
    ['nothing', undefined],
    ['a number', 5],
  ])('%s is refused as no PNG', async (_what, image) => {
    const { status, body } = await call('image', { image });
    expect([status, body.errorType]).toEqual([500, 'TypeError']);
    expect(body.errorMessage).toMatch(/bytes that are not a PNG, allowed is a PNG in Base64$/);
  });

  test('one that would unfold into too many pixels is refused by its header', async () => {
    const bomb = encode({ width: 1, height: 1, channels: 1, data: new Uint8Array(1) });
    new DataView(bomb.buffer, bomb.byteOffset).setUint32(16, 65_535);
    new DataView(bomb.buffer, bomb.byteOffset).setUint32(20, 65_535);
    expect((await call('image', { image: Buffer.from(bomb).toString('base64') })).body.errorMessage).toContain('65535 × 65535 pixels');
  });
});
