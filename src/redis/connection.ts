import type { Clock } from '../call.ts';
import type { Remote, Reply, Script } from '../remote.ts';
import { type Client, openClient } from './client.ts';
import { reasonOf } from './reason.ts';
import type { RedisServer } from './server.ts';

/**
 * Redis as the stores see it. Nothing waits longer than the command timeout. Further reasons than codes of Redis and the system: `away`,
 * `timeout`, `closed`, `no_sentinel`.
 */
export interface RedisConnection extends Remote {
  /** Whether commands are sent at all; when not, they fail at once with `away`. */
  readonly up: boolean;
  /** Resolves once it is known whether Redis is there, after some seconds at the latest. */
  readonly known: Promise<void>;
  /** Lets what is under way finish, within the command timeout, and hangs up for good. */
  close(): Promise<void>;
}

export interface RedisSettings {
  readonly server: RedisServer;
  /** Goes before every key. */
  readonly keyPrefix: string;
  /** A command slower than this counts as Redis being away. */
  readonly timeoutMs: number;
  /** Told when Redis goes away and when it comes back, not again while nothing changes. `reason` as in {@link Reply}. */
  readonly onStatus: (up: boolean, reason?: string) => void;
  readonly clock: Clock;
  /** 0 to 1: spreads the reconnects of many gateways. */
  readonly random: () => number;
}

/** How often a Redis that stopped answering is asked whether it is there again. */
const probeEveryMs = 1_000;
/** What never comes to an end, such as a master that loads for minutes, is said to be away after this long. */
const firstWordMs = 3_000;
/** Refusals of every read, whatever its key. Of writes they may be refusals of writes alone, which a probe would not see. */
const refusals = ['LOADING', 'CLUSTERDOWN', 'MASTERDOWN', 'NOAUTH'];

/** Connects in the background and returns at once. Throws only on a URL that is none. */
export function openRedis(settings: RedisSettings): RedisConnection {
  return new Connection(settings);
}

class Connection implements RedisConnection {
  readonly #settings: RedisSettings;
  readonly #client: Client;
  readonly #closing = new AbortController();
  readonly #known = Promise.withResolvers<void>();
  /** Undefined until the first attempt to connect has come to something. */
  #status: 'up' | 'away' | undefined;
  #lastError = 'closed';
  /** Attempts to connect since it was last up. */
  #failed = 0;
  #probing: Promise<void> | undefined;

  constructor(settings: RedisSettings) {
    this.#settings = settings;
    const { server, keyPrefix, timeoutMs, clock, random } = settings;
    this.#client = openClient({
      server,
      keyPrefix,
      timeoutMs,
      clock,
      signal: this.#closing.signal,
      delayMs: (failed) => reconnectDelayMs(failed ?? ++this.#failed, random),
      onError: (reason) => {
        // A connection that closed says less than why it did.
        if (reason !== 'closed') this.#lastError = reason;
      },
      onConnected: () => this.#probe('probe', 0),
      onLost: () => this.#turn('away', this.#lastError),
    });
    void clock.sleep(firstWordMs, this.#closing.signal).then(() => {
      if (this.#status === undefined) this.#turn('away', this.#lastError === 'closed' ? 'timeout' : this.#lastError);
    });
  }

  get known(): Promise<void> {
    return this.#known.promise;
  }

  get up(): boolean {
    return this.#status === 'up';
  }

  async read(key: string): Promise<Reply<Buffer | undefined>> {
    const reply = await this.#send(key, async () => (await this.#client.commands.getBuffer(key)) ?? undefined);
    if (!reply.ok && refusals.includes(reply.reason)) this.#leave(key, reply.reason);
    return reply;
  }

  async write(key: string, value: Buffer, ttlMs: number): Promise<Reply<void>> {
    return this.#send(key, async () => {
      await this.#client.commands.set(key, value, 'PX', Math.ceil(ttlMs));
    });
  }

  async remove(key: string): Promise<Reply<boolean>> {
    return this.#send(key, async () => (await this.#client.commands.unlink(key)) > 0);
  }

  async run({ name, lua }: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<Reply<unknown>> {
    return this.#send(keys[0] ?? 'probe', async () => this.#command(name, lua)(keys.length, ...keys, ...args));
  }

  async close(): Promise<void> {
    const wasUp = this.up;
    this.#closing.abort();
    this.#status = 'away';
    this.#known.resolve();
    // QUIT is answered after every command before it.
    if (wasUp) await this.#reply(() => this.#client.commands.quit());
    this.#client.commands.disconnect();
  }

  /** ioredis makes a method of a script, which sends its digest, and its text only to a Redis that does not know it yet. */
  #command(name: string, lua: string): (keys: number, ...rest: (string | number | Buffer)[]) => Promise<unknown> {
    const method = `${name}Buffer`;
    const redis = this.#client.commands;
    const commands = redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    if (commands[method] === undefined) redis.defineCommand(name, { lua });
    return commands[method]!.bind(redis);
  }

  /** `key` is one that the command is about: in a cluster it says which node was asked. */
  async #send<T>(key: string, command: () => Promise<T>): Promise<Reply<T>> {
    if (!this.up) return { ok: false, reason: 'away' };
    const reply = await this.#reply(command);
    if (!reply.ok && reply.reason === 'timeout') this.#leave(key, 'timeout');
    return reply;
  }

  /** The bound of every command. That of ioredis does not hold for a command that a cluster leads on or keeps waiting. */
  #reply<T>(command: () => Promise<T>): Promise<Reply<T>> {
    return new Promise((resolve) => {
      // A process that was busy first reads what has come meanwhile.
      const late = () => setImmediate(() => resolve({ ok: false, reason: 'timeout' }));
      const timer = setTimeout(late, this.#settings.timeoutMs);
      const done = (reply: Reply<T>) => {
        clearTimeout(timer);
        resolve(reply);
      };
      this.#client.gather();
      command().then(
        (value) => done({ ok: true, value }),
        (error: unknown) => done({ ok: false, reason: reasonOf(error) }),
      );
    });
  }

  #turn(status: 'up' | 'away', reason?: string): void {
    if (status === 'up') {
      this.#lastError = 'closed';
      this.#failed = 0;
    }
    if (status === this.#status || this.#closing.signal.aborted) return;
    this.#status = status;
    this.#known.resolve();
    this.#settings.onStatus(status === 'up', reason);
  }

  #leave(key: string, reason: string): void {
    this.#turn('away', reason);
    this.#probe(key, probeEveryMs);
  }

  #probe(key: string, afterMs: number): void {
    this.#probing ??= this.#untilAnswered(key, afterMs).finally(() => {
      this.#probing = undefined;
    });
  }

  /**
   * Asks in the background, where no call waits for it: a Redis that is mute or loading keeps its connection, so nothing else says
   * when it is back. For the key that had no answer: others may have one while it has none.
   */
  async #untilAnswered(key: string, afterMs: number): Promise<void> {
    const { clock } = this.#settings;
    if (afterMs > 0) await clock.sleep(afterMs, this.#closing.signal);
    // A connection that was lost meanwhile tells by itself when it is there again.
    while (!this.up && this.#client.connected && !this.#closing.signal.aborted) {
      const reply = await this.#reply(() => this.#client.probe(key));
      if (reply.ok || !(reply.reason === 'timeout' || refusals.includes(reply.reason))) {
        if (this.#client.connected) this.#turn('up');
        return;
      }
      this.#turn('away', reply.reason);
      await clock.sleep(probeEveryMs, this.#closing.signal);
    }
  }
}

/**
 * How long to wait after so many failed attempts to connect, 1 or more: 0.5, 1, 2, then 3.5 seconds, and up to 1 second more.
 * At most 20 connects a minute in an outage, and connected again within 5 seconds of its end.
 */
export function reconnectDelayMs(failed: number, random: () => number): number {
  return Math.min(500 * 2 ** (failed - 1), 3_500) + random() * 1_000;
}
