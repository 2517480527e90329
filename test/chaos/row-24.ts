import {
  noPartRunsOverIntoTheNext,
  onlyEqualInputsShareAKey,
  onlyHeadersThatAreVariedOnChangeAKey,
  twoConsumersNeverShareAKey,
} from '../cache/key-properties.ts';
import { exactly, type Figure, none, type Row } from './row.ts';
import { consumerWith } from './support/consumers.ts';
import { failures } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { holds } from './support/property.ts';
import { openUpstream } from './support/upstream.ts';

const runs = 100_000;

/** Each draws inputs that are alike on purpose. */
const properties: Readonly<Record<string, (numRuns: number) => void | Promise<void>>> = {
  'two consumers never share a key': twoConsumersNeverShareAKey,
  'only equal inputs share a key': onlyEqualInputsShareAKey,
  'no part of a key runs over into the next': noPartRunsOverIntoTheNext,
  'only headers that are varied on change a key': onlyHeadersThatAreVariedOnChangeAKey,
};

/** Stands in the headers below, and must stand in no later caller's answer. */
const mark = 'evil.example';

/** What caches have been poisoned with, and what else comes along with a request and is in no key. */
const laden: Readonly<Record<string, string>> = {
  host: mark,
  forwarded: `for=1.2.3.4;host=${mark};proto=http`,
  'x-forwarded-host': mark,
  'x-forwarded-server': mark,
  'x-forwarded-scheme': mark,
  'x-forwarded-proto': mark,
  'x-forwarded-port': mark,
  'x-forwarded-prefix': `/${mark}`,
  'x-forwarded-for': mark,
  'x-real-ip': mark,
  'x-host': mark,
  'x-original-host': mark,
  'x-original-url': `/run/${mark}`,
  'x-rewrite-url': `/run/${mark}`,
  'x-http-method-override': mark,
  'x-method-override': mark,
  'x-wap-profile': mark,
  accept: `text/${mark}`,
  'accept-encoding': `${mark}, gzip`,
  'accept-language': mark,
  'content-language': mark,
  'content-type': `application/json; ${mark}=1`,
  cookie: `session=${mark}`,
  origin: `https://${mark}`,
  referer: `https://${mark}/`,
  'user-agent': mark,
  range: `bytes=0-1, ${mark}`,
  'if-none-match': `"${mark}"`,
  'if-modified-since': mark,
  prefer: `return=minimal; ${mark}, wait=20`,
  'cache-control': `max-age=86400, ${mark}`,
  pragma: mark,
  via: `1.1 ${mark}`,
  'max-forwards': mark,
  date: mark,
  baggage: `user=${mark}`,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: `evil=${mark}`,
  'x-request-id': mark,
  'x-cff-log-type': mark,
  'x-cff-request-version': mark,
  'x-cff-request-id': mark,
  'x-auth-token': mark,
  'x-sdk-date': mark,
  'x-security-token': mark,
};

/** Nobody sees what was kept for another, and nobody changes what another will get. */
export const row24: Row = {
  number: 24,
  async measure() {
    const figures: Figure[] = [];
    for (const [promise, property] of Object.entries(properties)) figures.push(await holds(promise, runs, property));
    return [...figures, ...(await consumers()), ...(await poisoning())];
  },
};

/** Three who call with the same events, and who call again. */
async function consumers(): Promise<Figure[]> {
  await using upstream = await openUpstream();
  for (const name of ['own', 'shared']) await upstream.behave(name, { kind: 'numbered', afterMs: 0 });
  const settings = { at: upstream.endpoint, idempotent: true };
  const [billing, search] = [consumerWith('billing'), consumerWith('search')];
  await using gateway = await startGateway({
    functions: {
      own: { ...settings, cache: { ttl: '10m' } },
      shared: { ...settings, cache: { ttl: '10m', scope: 'shared' } },
    },
    consumers: { billing: billing.section, search: search.section },
    anonymous: 'allow',
  });
  await using caller = new Caller(gateway.url);
  const callers = [billing.headers, search.headers, {}];
  const callAll = async (name: string) => {
    const samples: Sample[] = [];
    for (let event = 0; event < 100; event++) {
      for (const headers of callers) samples.push(await caller.call(name, { event: String(event), headers }));
    }
    return samples;
  };
  const bodyOf = ({ body }: Sample) => body.toString();
  const [first, again, shared] = [await callAll('own'), await callAll('own'), await callAll('shared')];
  const others = first.length - new Set(first.map(bodyOf)).size;
  const strange = again.filter((sample, index) => !isHit(sample) || bodyOf(sample) !== bodyOf(first[index]!));
  return [
    none('3 consumers, the same events: calls that get another’s result', first.length, others),
    none('… calls again that do not get their own', again.length, strange.length),
    exactly('… results where the file says shared', shared.length / callers.length, new Set(shared.map(bodyOf)).size),
  ];
}

/** One caller's call with such a header is kept; then come others, without it and with it. */
async function poisoning(): Promise<Figure[]> {
  await using upstream = await openUpstream();
  await upstream.behave('mirror', { kind: 'echo' });
  await upstream.behave('varied', { kind: 'numbered', afterMs: 0 });
  const kept = { at: upstream.endpoint, idempotent: true };
  await using gateway = await startGateway({
    functions: {
      mirror: { ...kept, cache: { ttl: '10m' } },
      varied: { ...kept, cache: { ttl: '10m', vary: ['accept-language'] } },
    },
  });
  await using caller = new Caller(gateway.url);

  const trials: Readonly<Record<string, string>>[] = [...Object.entries(laden).map(([name, value]) => ({ [name]: value })), laden];
  const rounds: { first: Sample; later: Sample; again: Sample; clean: Sample }[] = [];
  for (const [index, headers] of trials.entries()) {
    const event = JSON.stringify({ trial: index });
    const first = await caller.call('mirror', { event, headers });
    const later = await caller.call('mirror', { event });
    const again = await caller.call('mirror', { event, headers });
    const clean = await caller.call('mirror', { event, headers: { 'cache-control': 'no-cache' } });
    rounds.push({ first, later, again, clean });
  }
  const count = rounds.length;
  const failed = rounds.flatMap(({ first, later, again, clean }) => [first, later, again, clean]);
  const changed = rounds.filter(({ later, clean }) => said(later).includes(mark) || described(later) !== described(clean));
  const missed = rounds.flatMap(({ later, again }) => [later, again].filter((sample) => !isHit(sample)));
  return [
    none('headers that are in no key: calls that fail', failed.length, failures(failed)),
    none('… of them, those that change what a later caller gets', count, changed.length),
    none('… calls that they keep from what is kept', 2 * count, missed.length),
    await varying(caller),
  ];
}

/** The one header that is in the key. */
async function varying(caller: Caller): Promise<Figure> {
  const languages = ['de', 'fr', 'de, fr', 'DE', ''].map((language) => ({ headers: { 'accept-language': language } }));
  const [first, second]: Sample[][] = [[], []];
  for (const language of languages) first!.push(await caller.call('varied', language));
  for (const language of languages) second!.push(await caller.call('varied', language));
  const bodies = first!.map(({ body }) => body.toString());
  const wrong = second!.filter((sample, index) => !isHit(sample) || sample.body.toString() !== bodies[index]);
  return none(
    'headers that are in the key: callers who get another’s',
    languages.length,
    bodies.length - new Set(bodies).size + wrong.length,
  );
}

function isHit({ headers }: Sample): boolean {
  return String(headers['cache-status']).startsWith('runway; hit');
}

/** What says something of the result: the rest belongs to the one answer. */
function described({ status, headers, body }: Sample): string {
  const { 'content-type': type, 'content-encoding': encoding, 'content-language': language, vary } = headers;
  return JSON.stringify([status, type, encoding, language, vary, body.toString()]);
}

function said({ headers, body }: Sample): string {
  return JSON.stringify(headers) + body.toString();
}
