import { canonicalForm } from '../../src/cache/canonical.ts';
import {
  aValueThatDiffersInOnePlaceHasAnotherKey,
  differentValuesNeverShareAKey,
  equalValuesShareAKey,
  numbersThatADoubleDoesNotTellApartHaveNoKey,
} from '../cache/key-properties.ts';
import { exactly, type Figure, none, type Row } from './row.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { holds } from './support/property.ts';
import { vectors } from './support/rfc8785.ts';
import { unsafeEvents } from './support/unsafe-events.ts';
import { openUpstream } from './support/upstream.ts';

const runs = 100_000;
const properties: Readonly<Record<string, (numRuns: number) => void>> = {
  'equal values share a key, however they are written': equalValuesShareAKey,
  'different values never share a key': differentValuesNeverShareAKey,
  'a value that differs in one place has another key': aValueThatDiffersInOnePlaceHasAnotherKey,
  'integers past 2^53 have none': numbersThatADoubleDoesNotTellApartHaveNoKey,
};

/** What is the same event, and what may not be. */
export const row26: Row = {
  number: 26,
  async measure() {
    const figures: Figure[] = [];
    for (const [promise, property] of Object.entries(properties)) figures.push(await holds(promise, runs, property));

    await using upstream = await openUpstream();
    await upstream.behave('kept', { kind: 'numbered', afterMs: 0 });
    await using gateway = await startGateway({
      functions: { kept: { at: upstream.endpoint, idempotent: true, cache: { ttl: '10m' } } },
    });
    await using caller = new Caller(gateway.url);
    return [...figures, ...(await standardised(caller)), ...(await unsafe(caller))];
  },
};

/** Each text of RFC 8785 finds what was kept for its canonical form, and no text finds what was kept for another form. */
async function standardised(caller: Caller): Promise<Figure[]> {
  const forms = [...new Set(vectors.map(({ form }) => form))];
  const kept = new Map<string, Sample>();
  for (const form of forms) kept.set(form, await caller.call('kept', { event: form }));
  let apart = 0;
  for (const { input, form } of vectors) {
    const sample = await caller.call('kept', { event: input });
    if (!isHit(sample) || !sample.body.equals(kept.get(form)!.body)) apart++;
  }
  const misspelled = vectors.filter(({ input, form }) => canonicalForm(Buffer.from(input)) !== form);
  const answers = new Set([...kept.values()].map(({ body }) => body.toString()));
  return [
    none('texts of RFC 8785 with another canonical form than it says', vectors.length, misspelled.length),
    none('… that do not find what is kept for that form', vectors.length, apart),
    exactly('… forms, each with a result of its own', forms.length, answers.size),
  ];
}

/** Each comes after what a lenient reader takes it for: that one is kept, and the two must not meet. */
async function unsafe(caller: Caller): Promise<Figure[]> {
  const samples: Sample[] = [];
  const answers = new Set<string>();
  let met = 0;
  let replaced = 0;
  for (const event of unsafeEvents(500)) {
    const lenient = { event: JSON.stringify(JSON.parse(event)) };
    const before = await caller.call('kept', lenient);
    answers.add(before.body.toString());
    for (let time = 0; time < 2; time++) {
      const sample = await caller.call('kept', { event });
      samples.push(sample);
      if (answers.has(sample.body.toString())) met++;
      answers.add(sample.body.toString());
    }
    const after = await caller.call('kept', lenient);
    if (isHit(after) && !after.body.equals(before.body)) replaced++;
  }
  const bypassed = samples.filter(({ status, headers }) => status === 200 && headers['cache-status'] === 'runway; fwd=bypass');
  return [
    none('calls with an unsafe event that do not bypass', samples.length, samples.length - bypassed.length),
    none('… that got a result of before, their own or another’s', samples.length, met),
    none('… whose own result was kept for another', samples.length, replaced),
  ];
}

function isHit({ headers }: Sample): boolean {
  return String(headers['cache-status']).startsWith('runway; hit');
}
