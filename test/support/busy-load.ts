import { randomBytes } from 'node:crypto';
import { bytesOfKey, makeApiKey } from '../../src/consumers/api-key.ts';
import { type BusyGateway, type BusyGateways, type ConsumerId, oneMore } from './busy-gateways.ts';
import { until } from './until.ts';

type Headers = Readonly<Record<string, string>>;

/** A PNG of a few pixels, that of the example. */
const image = 'iVBORw0KGgoAAAANSUhEUgAAABAAAAAJCAIAAAC0SDtlAAAAHUlEQVR4XmP4P9OYJDQyNTDErCcNofMJInQ+IQQARi3eMdAtfMMAAAAASUVORK5CYII=';

/** Calls of every kind, a round at a time, over all gateways. */
export class BusyLoad {
  readonly #gateways: BusyGateways;
  #round = 0;

  constructor(gateways: BusyGateways) {
    this.#gateways = gateways;
  }

  /** What `/_emulator/faults` takes. */
  async fail(...specs: string[]): Promise<void> {
    const answer = await fetch(`${this.#gateways.emulatorUrl}/_emulator/faults`, { method: 'PUT', body: JSON.stringify(specs) });
    if (!answer.ok) throw new Error(`the emulator refuses the faults: ${await answer.text()}`);
  }

  /** Hits, retries, refusals of all kinds, failures of functions, queues: whatever runs is told with its bill. */
  async billedRound(): Promise<void> {
    const round = ++this.#round;
    const { signing, withTokens, crowded } = this.#gateways;
    await Promise.all([
      this.#kept(signing, withTokens, crowded),
      ...[signing, withTokens, crowded].flatMap((at) => this.#billed(at, round)),
      ...oneMore.map((name) => this.#call(crowded, name, { round })),
    ]);
  }

  /** What runs and is not told of, or whose answer is no good: timeouts, callers who leave, whatever faults there are. */
  async lostRound(): Promise<void> {
    const round = ++this.#round;
    const { signing, withTokens } = this.#gateways;
    const at = [signing, withTokens];
    await Promise.all([
      ...at.map((gateway) => this.#call(gateway, 'hurried', { seconds: 0.5 })),
      ...at.map((gateway) => this.#leave(gateway, 'slow', { seconds: 15 })),
      ...at.flatMap((gateway) => [1, 2, 3].map((n) => this.#call(gateway, 'image', { image, n: `${round}.${n}` }))),
      ...at.map((gateway) => this.#call(gateway, 'flaky', { share: 0, round })),
      ...at.map((gateway) => this.#call(gateway, 'hello', { message: 'kept' })),
      ...at.flatMap((gateway) => [1, 2, 3].map((n) => this.#call(gateway, 'hello', { message: `never ${round}.${n}` }))),
    ]);
  }

  /** `hello` is called until its circuits are in this state: 0 closed, 2 open. */
  async untilCircuits(state: 0 | 2): Promise<void> {
    for (const at of [this.#gateways.signing, this.#gateways.withTokens]) {
      let n = 0;
      await until(`the circuit of hello is in state ${state}`, async () => {
        await this.#call(at, 'hello', { message: `circuit ${state} ${n++}` });
        return (await metricsOf(at)).includes(`runway_breaker_state{function="hello"} ${state}\n`);
      });
    }
  }

  /** What one has computed the next one has from Redis, and the last one finds spoilt. */
  async #kept(one: BusyGateway, next: BusyGateway, last: BusyGateway): Promise<void> {
    const event = { message: `kept ${this.#round}` };
    await this.#call(one, 'hello', event);
    await this.#call(one, 'hello', event);
    await this.#call(next, 'hello', event);
    await this.#gateways.spoilKept();
    await this.#call(last, 'hello', event);
  }

  #billed(at: BusyGateway, round: number): Promise<unknown>[] {
    const { keys } = this.#gateways;
    const as = (id: ConsumerId): Headers => ({ 'x-api-key': keys[id] });
    const once: Headers = { 'idempotency-key': `${at.instance}-${round}` };
    return [
      ...[1, 2, 3].map(() => this.#call(at, 'hello', { message: `together ${at.instance} ${round}` }, as('team'))),
      this.#call(at, 'hello', { message: 'kept' }),
      this.#call(at, 'hello', { message: 'kept' }, as('batch')),
      this.#call(at, 'hello', { message: 'fresh' }, { 'cache-control': 'no-cache' }),
      this.#call(at, 'hello', { message: `kept by nobody ${round}` }, { 'cache-control': 'only-if-cached' }),
      this.#call(at, 'primes', { n: 10_000 + round }, as('team')),
      this.#call(at, 'primes', { n: 20_000 + round }, { via: '1.1 runway' }),
      this.#call(at, 'primes', { n: 7 }, as('batch')),
      this.#call(at, 'primes', { n: 7 }, as('small')),
      this.#call(at, 'primes', { n: 7 }, as('poor')),
      this.#call(at, 'thrifty', { n: 11 }),
      this.#call(at, 'patient', { image }),
      this.#call(at, 'flaky', { how: 'throw', share: 0.5 }, as('team')),
      this.#call(at, 'flaky', { how: 'throw' }),
      this.#call(at, 'slow', { seconds: 0 }, once).then(() => this.#call(at, 'slow', { seconds: 0 }, once)),
      ...[1, 2].map(() => this.#call(at, 'slow', { seconds: 0.2 }, { 'idempotency-key': `slow-${at.instance}-${round}` })),
      this.#call(at, 'slow', { seconds: 0.1 }, { 'idempotency-key': `differs-${at.instance}` }),
      ...(round > 1 ? [this.#call(at, 'slow', { seconds: 0.1, round }, { 'idempotency-key': `differs-${at.instance}` })] : []),
      ...[1, 2, 3, 4, 5].map(() => this.#call(at, 'narrow', { seconds: 0.3 }, as('team'))),
      this.#call(at, 'image', { image }),
      this.#call(at, 'nobody-knows', {}),
      this.#call(at, 'hello', {}, { 'x-api-key': makeApiKey('team', randomBytes(bytesOfKey)) }),
      send(at, 'hello', '{"message":'),
    ];
  }

  /** The caller is gone once the function runs. */
  async #leave(at: BusyGateway, name: string, event: unknown): Promise<void> {
    const leaver = new AbortController();
    const left = send(at, name, JSON.stringify(event), {}, leaver.signal).catch(() => undefined);
    await until('the call is in flight', async () => new RegExp(`runway_in_flight{function="${name}"} [1-9]`).test(await metricsOf(at)));
    leaver.abort();
    await left;
  }

  #call(at: BusyGateway, name: string, event: unknown, headers: Headers = {}): Promise<void> {
    return send(at, name, JSON.stringify(event), headers);
  }
}

async function send(at: BusyGateway, name: string, body: string, headers: Headers = {}, signal?: AbortSignal): Promise<void> {
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
  const answer = await fetch(`${at.url}/run/${name}`, signal ? { ...init, signal } : init);
  await answer.arrayBuffer();
}

async function metricsOf(at: BusyGateway): Promise<string> {
  return (await fetch(`${at.admin}/metrics`)).text();
}
