import { randomUUID } from 'node:crypto';
import { resultKey } from '../../../src/cache/key.ts';
import { systemClock } from '../../../src/clock.ts';
import { Keyring } from '../../../src/consumers/keyring.ts';
import { flawOfEvent } from '../../../src/event/check.ts';
import { openQuota } from '../../../src/quota/open.ts';
import { jsonOfKb } from '../load/json-of-kb.ts';
import { apiKey, config, consumer, sampleCall } from './sample-call.ts';
import { atOnce, awaited, type Step } from './step.ts';

/** What happens to a request before anything is sent because of it. */
export function requestSteps(): readonly Step[] {
  const keyring = new Keyring(config.keys, systemClock);
  const hello = sampleCall('hello');
  const kept = sampleCall('kept');
  const large = jsonOfKb(64);
  const limited = limits();
  return [
    atOnce(
      'API key, one that was good before',
      () => keyring.ownerOf(apiKey, systemClock.epochMs()),
      (owner) => owner === consumer.id,
    ),
    atOnce(`check of an event, ${hello.event.length} bytes`, () => flawOfEvent(hello.event), isFlawless),
    atOnce('check of an event, 64 KB', () => flawOfEvent(large), isFlawless, 4),
    awaited('two limits: admit, charge and release', limited, ({ kind, states }) => kind === 'admitted' && states.length === 2),
    atOnce(
      'key of a result',
      () => resultKey(kept, ''),
      (key) => key !== undefined,
    ),
  ];
}

function isFlawless(flaw: unknown): boolean {
  return flaw === undefined;
}

/** As a call and what it is billed go through them. */
function limits() {
  const { quota } = openQuota({
    remote: undefined,
    pricing: config.pricing,
    clock: systemClock,
    onDecision: () => undefined,
    onWarn: () => undefined,
    onFault: () => undefined,
    newToken: randomUUID,
  });
  const mbMs = 128 * 100;
  let tokens = 0;
  return async () => {
    const token = String(++tokens);
    const deadlineAtMs = systemClock.nowMs() + 30_000;
    const admission = await quota.admit(consumer, 'hello', { token, deadlineAtMs, estimateMbMs: quota.estimates.of('hello') });
    await quota.charge(consumer, 'hello', { mbMs });
    await quota.release(token);
    return admission;
  };
}
