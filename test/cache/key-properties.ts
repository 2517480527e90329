import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Arrival, accept } from '../../src/accept.ts';
import { resultKey } from '../../src/cache/key.ts';
import type { Target } from '../../src/call.ts';
import { systemClock } from '../../src/clock.ts';
import type { Consumer } from '../../src/consumer.ts';
import { cachePolicyOf, targetOf } from '../support/calls.ts';
import { callOf } from './call.ts';

/** The key of a call; `generation` as purges have it. */
export function keyOf(event: string | Buffer, over: Parameters<typeof callOf>[1] = {}, generation = ''): string | undefined {
  return resultKey(callOf(event, over), generation);
}

/** A JSON value whose canonical form is safe. */
const value = fc.jsonValue({ stringUnit: 'binary' }).filter((v) => keyOf(JSON.stringify(v)) !== undefined);

/** Short, of few letters, with separators among them: two of them are often the same, or nearly. */
const part = fc.string({ unit: fc.constantFrom('a', 'b', '1', '2', ':', '\n', '='), maxLength: 3 });

export function equalValuesShareAKey(numRuns: number): void {
  fc.assert(
    fc.property(value, fc.infiniteStream(fc.nat()), (v, choices) => {
      const pick = (n: number) => choices.next().value! % n;
      assert.equal(keyOf(respelled(v, pick)), keyOf(JSON.stringify(v)));
    }),
    { numRuns },
  );
}

export function differentValuesNeverShareAKey(numRuns: number): void {
  fc.assert(
    fc.property(value, value, (a, b) => {
      fc.pre(JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b)));
      assert.notEqual(keyOf(JSON.stringify(a)), keyOf(JSON.stringify(b)));
    }),
    { numRuns },
  );
}

export function aValueThatDiffersInOnePlaceHasAnotherKey(numRuns: number): void {
  fc.assert(
    fc.property(value, fc.string({ minLength: 1 }), (v, text) => {
      const all = [v, [v], [v, text], [text, v], { [text]: v }, [[v], text], `${text}${JSON.stringify(v)}`];
      const kept = all
        .map((event) => ({ value: JSON.stringify(sorted(event)), key: keyOf(JSON.stringify(event)) }))
        .filter(({ key }) => key !== undefined);
      // Two of them may be the same: `v` may be the text.
      assert.equal(new Set(kept.map(({ key }) => key)).size, new Set(kept.map(({ value }) => value)).size);
    }),
    { numRuns },
  );
}

export function numbersThatADoubleDoesNotTellApartHaveNoKey(numRuns: number): void {
  fc.assert(
    fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }), fc.constantFrom('', '-'), (n, sign) => {
      assert.equal(keyOf(`{"n":${sign}${n}}`), undefined);
    }),
    { numRuns },
  );
}

export function twoConsumersNeverShareAKey(numRuns: number): void {
  const id = fc.oneof(part, fc.string({ minLength: 1, maxLength: 20 }));
  fc.assert(
    fc.property(id, id, value, fc.option(value), (one, other, event, otherEvent) => {
      fc.pre(one !== other);
      assert.notEqual(keyOf(JSON.stringify(event), { consumer: one }), keyOf(JSON.stringify(otherEvent ?? event), { consumer: other }));
    }),
    { numRuns },
  );
}

/** All that a key is made of. */
const input = fc.record({
  scope: fc.constantFrom('consumer' as const, 'shared' as const),
  consumer: part,
  name: part,
  urn: part,
  generation: part,
  event: fc.oneof(part, fc.nat({ max: 3 }), fc.array(part, { maxLength: 2 }), fc.dictionary(part, part, { maxKeys: 2 })),
  varied: fc.uniqueArray(fc.tuple(part, part), { maxLength: 2, selector: ([name]) => name }),
});
type Input = typeof input extends fc.Arbitrary<infer Value> ? Value : never;
const places: (keyof Input)[] = ['scope', 'consumer', 'name', 'urn', 'generation', 'event', 'varied'];

/** Two calls share a key if and only if they differ in nothing that a key is made of. */
export function onlyEqualInputsShareAKey(numRuns: number): void {
  fc.assert(
    fc.property(input, input, fc.subarray(places), (one, drawn, changed) => {
      const other: Input = { ...one, ...Object.fromEntries(changed.map((place) => [place, drawn[place]])) };
      assert.equal(keyOfInput(one) === keyOfInput(other), identityOf(one) === identityOf(other));
    }),
    { numRuns },
  );
}

/** One text, cut at five places into what stands side by side in a key: cut elsewhere it is another input. */
export function noPartRunsOverIntoTheNext(numRuns: number): void {
  const text = fc.string({ unit: fc.constantFrom('a', '1', ':'), minLength: 8, maxLength: 8 });
  const cuts = fc.array(fc.nat({ max: 8 }), { minLength: 5, maxLength: 5 }).map((at) => at.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(text, cuts, cuts, (whole, one, other) => {
      const keyOfPieces = (at: readonly number[]) => {
        const pieces = [0, ...at].map((from, i) => whole.slice(from, at[i]));
        const [consumer = '', name = '', urn = '', generation = '', header = '', varied = ''] = pieces;
        return keyOfInput({ scope: 'consumer', event: 0, consumer, name, urn, generation, varied: [[header, varied]] });
      };
      assert.equal(keyOfPieces(one) === keyOfPieces(other), String(one) === String(other));
    }),
    { numRuns },
  );
}

/** What caches have been poisoned with, and what else comes along with a request. */
const knownHeaders = ['host', 'cookie', 'forwarded', 'x-forwarded-host', 'x-forwarded-proto', 'x-original-url', 'x-rewrite-url', 'origin'];
const headerName = fc.oneof(
  fc.constantFrom(...knownHeaders, 'accept', 'accept-language', 'user-agent', 'via'),
  fc.stringMatching(/^x-[a-z]{1,4}$/),
);
const headers = fc.dictionary(headerName, fc.string({ unit: 'binary-ascii', maxLength: 8 }), { maxKeys: 6 });

/** From the request on, as it is accepted. */
export async function onlyHeadersThatAreVariedOnChangeAKey(numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(headerName, { maxLength: 3 }), headers, headers, async (vary, one, drawn) => {
      const target = targetOf({ idempotent: true, cache: cachePolicyOf({ vary }) });
      const varied = Object.fromEntries(vary.flatMap((name) => (name in one ? [[name, one[name]!]] : [])));
      const others = Object.fromEntries(Object.entries(drawn).filter(([name]) => !vary.includes(name)));
      const key = await keyOfRequest(target, one);
      assert.notEqual(key, undefined);
      assert.equal(await keyOfRequest(target, { ...others, ...varied }), key);
      const isSame = vary.every((name) => (one[name] ?? '') === (drawn[name] ?? ''));
      assert.equal((await keyOfRequest(target, drawn)) === key, isSame);
    }),
    { numRuns },
  );
}

const billing: Consumer = { id: 'billing', priority: 'normal', functions: ['*'], limits: [], concurrency: undefined };

async function keyOfRequest(target: Target, headers: Readonly<Record<string, string>>): Promise<string | undefined> {
  const arrival: Arrival = {
    method: 'POST',
    name: target.name,
    waitedMs: 0,
    requestId: 'request-1',
    trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: undefined },
    media: 'json',
    wantsLog: false,
    header: (name) => headers[name],
    ending: new AbortController().signal,
    readEvent: async () => ({ kind: 'read', body: Buffer.from('{}') }),
  };
  const acceptance = await accept(arrival, billing, target, 0, systemClock);
  return acceptance.kind === 'accepted' ? resultKey(acceptance.call, '') : undefined;
}

function keyOfInput({ scope, consumer, name, urn, generation, event, varied }: Input): string | undefined {
  const cache = cachePolicyOf({ scope, vary: varied.map(([header]) => header) });
  const call = { consumer, target: { name, urn, cache }, varied: varied.map(([, text]) => text) };
  return keyOf(JSON.stringify(event), call, generation);
}

/** Consumers that share a result are the same to it. */
function identityOf({ consumer, event, ...rest }: Input): string {
  return JSON.stringify([Object.entries(rest).toSorted(), rest.scope === 'shared' ? null : consumer, sorted(event)]);
}

/** The same value written otherwise: members shuffled, spaces, escapes and numbers spelled at random. */
function respelled(value: unknown, pick: (choices: number) => number): string {
  const space = () => ['', ' ', '\n', '\t ', ' \r\n'][pick(5)]!;
  const spaced = (text: string) => space() + text + space();
  if (typeof value === 'string') return spaced(respelledString(value, pick));
  if (typeof value === 'number') return spaced(respelledNumber(value, pick));
  if (Array.isArray(value)) return spaced(`[${value.map((item) => respelled(item, pick)).join(',') || space()}]`);
  if (value === null || typeof value !== 'object') return spaced(JSON.stringify(value));
  const members = Object.entries(value).map(([name, v]) => `${spaced(respelledString(name, pick))}:${respelled(v, pick)}`);
  for (let i = members.length - 1; i > 0; i--) {
    const j = pick(i + 1);
    [members[i], members[j]] = [members[j]!, members[i]!];
  }
  return spaced(`{${members.join(',') || space()}}`);
}

function respelledString(text: string, pick: (choices: number) => number): string {
  const units = text.split('').map((unit) => {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${pick(2) ? hex : hex.toUpperCase()}`;
  });
  // A surrogate pair is escaped whole or not at all.
  return pick(2) ? `"${units.join('')}"` : JSON.stringify(text).replaceAll('/', pick(2) ? '/' : '\\/');
}

function respelledNumber(number: number, pick: (choices: number) => number): string {
  const plain = JSON.stringify(number);
  const spellings = [plain, number.toExponential(), number.toExponential().toUpperCase(), plain.includes('e') ? plain : `${plain}e0`];
  return spellings[pick(spellings.length)]!;
}

/** Members in one order, at every level, and no negative zero: what is left different is different. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? 0 : value;
  const members = Object.entries(value).map(([name, v]): [string, unknown] => [name, sorted(v)]);
  return { members: members.sort(([a], [b]) => (a < b ? -1 : 1)) };
}
