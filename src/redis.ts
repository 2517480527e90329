import { Redis } from 'ioredis';
import type { Clock } from './call.ts';

/** A reply, or why there is none: `away`, `timeout`, `closed`, a system code (`ECONNREFUSED`) or Redis' own (`OOM`, `WRONGTYPE`). */
export type RedisReply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** A program that runs within Redis, all of it or nothing. In a cluster its keys must share a `{tag}`. */
export interface RedisScript {
  /** Letters. */
  readonly name: string;
  readonly lua: string;
}

/** What the stores see of Redis. Nothing here rejects, and nothing waits longer than the command timeout. */
export interface RedisConnection {
  /** Whether commands are sent at all; when not, they fail at once with `away`. */
  readonly up: boolean;
  read(key: string): Promise<RedisReply<Buffer | undefined>>;
  write(key: string, value: Buffer, ttlMs: number): Promise<RedisReply<void>>;
  /** Whether there was something. */
  remove(key: string): Promise<RedisReply<boolean>>;
  /** What the script returns; its strings come as buffers. */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<RedisReply<unknown>>;
  /** Lets what is under way finish, within the command timeout, and hangs up for good. */
  close(): Promise<void>;
}

export interface RedisSettings {
  /** `redis://` or `rediss://`, user and password within: a secret, so it stands in no error and no log line. */
  readonly url: string;
  /** Goes before every key. */
  readonly keyPrefix: string;
  /** A command slower than this counts as Redis being away. */
  readonly timeoutMs: number;
  /** Told when Redis goes away and when it comes back, not again while nothing changes. `reason` as in {@link RedisReply}. */
  readonly onStatus: (up: boolean, reason?: string) => void;
  readonly clock: Clock;
  /** 0 to 1: spreads the reconnects of many gateways. */
  readonly random: () => number;
}

/** How often a Redis that stopped answering is asked whether it is there again. */
const probeEveryMs = 1_000;

/** Connects in the background and returns at once. Throws only on a URL that is none. */
export function openRedis(settings: RedisSettings): RedisConnection {
  return new Connection(settings);
}

class Connection implements RedisConnection {
  readonly #settings: RedisSettings;
  readonly #redis: Redis;
  readonly #closing = new AbortController();
  /** Undefined until the first attempt to connect has come to something. */
  #status: 'up' | 'away' | undefined;
  #lastError = 'closed';
  #probing: Promise<void> | undefined;

  constructor(settings: RedisSettings) {
    this.#settings = settings;
    this.#redis = connectLater(settings);
    this.#redis.on('error', (error) => {
      this.#lastError = reasonOf(error);
    });
    this.#redis.on('ready', () => this.#turn('up'));
    this.#redis.on('close', () => this.#turn('away', this.#lastError));
    // A failure to connect is told by the events above.
    this.#redis.connect().catch(() => undefined);
  }

  get up(): boolean {
    return this.#status === 'up';
  }

  async read(key: string): Promise<RedisReply<Buffer | undefined>> {
    return this.#send(async () => (await this.#redis.getBuffer(key)) ?? undefined);
  }

  async write(key: string, value: Buffer, ttlMs: number): Promise<RedisReply<void>> {
    return this.#send(async () => {
      await this.#redis.set(key, value, 'PX', Math.ceil(ttlMs));
    });
  }

  async remove(key: string): Promise<RedisReply<boolean>> {
    return this.#send(async () => (await this.#redis.unlink(key)) > 0);
  }

  async run(
    { name, lua }: RedisScript,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<RedisReply<unknown>> {
    return this.#send(() => this.#command(name, lua)(keys.length, ...keys, ...args));
  }

  async close(): Promise<void> {
    const wasUp = this.up;
    this.#closing.abort();
    this.#status = 'away';
    // QUIT is answered after every command before it.
    if (wasUp) await this.#redis.quit().catch(() => undefined);
    this.#redis.disconnect();
  }

  /** ioredis makes a method of a script, which sends its digest, and its text only to a Redis that does not know it yet. */
  #command(name: string, lua: string): (keys: number, ...rest: (string | number | Buffer)[]) => Promise<unknown> {
    const method = `${name}Buffer`;
    const commands = this.#redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    if (commands[method] === undefined) this.#redis.defineCommand(name, { lua });
    return commands[method]!.bind(this.#redis);
  }

  async #send<T>(command: () => Promise<T>): Promise<RedisReply<T>> {
    if (!this.up) return { ok: false, reason: 'away' };
    try {
      return { ok: true, value: await command() };
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === 'timeout') {
        this.#turn('away', reason);
        this.#probing ??= this.#probe().finally(() => {
          this.#probing = undefined;
        });
      }
      return { ok: false, reason };
    }
  }

  #turn(status: 'up' | 'away', reason?: string): void {
    if (status === 'up') this.#lastError = 'closed';
    if (status === this.#status || this.#closing.signal.aborted) return;
    this.#status = status;
    this.#settings.onStatus(status === 'up', reason);
  }

  /** A mute Redis keeps its connection, so nothing says when it is back: ask in the background, where no call waits for it. */
  async #probe(): Promise<void> {
    while (!this.up) {
      await this.#settings.clock.sleep(probeEveryMs, this.#closing.signal);
      // A connection that was dropped meanwhile tells by itself when it is ready again.
      if (this.#closing.signal.aborted || this.#redis.status !== 'ready') return;
      const answered = await this.#redis.ping().then(
        () => true,
        () => false,
      );
      if (answered) this.#turn('up');
    }
  }
}

/** ioredis' own defaults queue and repeat commands, which hangs its caller in an outage: all of that is off. */
function connectLater({ url, keyPrefix, timeoutMs, random }: RedisSettings): Redis {
  try {
    return new Redis(url, {
      keyPrefix,
      connectionName: 'runway',
      disableClientInfo: true,
      // RESP2 does all that is needed here, and every server and proxy speaks it.
      protocol: 2,
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      commandTimeout: timeoutMs,
      connectTimeout: 1_000,
      // The command timeout leaves the socket as it is; this one drops a dead socket and so makes a new one.
      socketTimeout: 2_000,
      maxLoadingRetryTime: 2_000,
      retryStrategy: (failed) => reconnectDelayMs(failed, random),
    });
  } catch {
    // What the URL parser throws carries the URL, and the URL may carry a password.
    throw new Error('cannot open Redis: its URL cannot be read, allowed is redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE]');
  }
}

/**
 * How long to wait after so many failed attempts to connect, 1 or more: 0.5, 1, 2, then 3.5 seconds, and up to 1 second more.
 * At most 20 connects a minute in an outage, and connected again within 5 seconds of its end.
 */
export function reconnectDelayMs(failed: number, random: () => number): number {
  return Math.min(500 * 2 ** (failed - 1), 3_500) + random() * 1_000;
}

/** The server's text may repeat the command that failed, the password included: only codes leave this file. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'closed';
  if (error.message === 'Command timed out' || error.message.startsWith('Socket timeout')) return 'timeout';
  if (error.name === 'ReplyError') return /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'closed';
}
