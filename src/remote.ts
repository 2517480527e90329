/** What stores need of a Redis client: the words of `redis/`, for rooms that do not know it. Nothing here rejects. */

/** A reply, or why there is none: a code, `away` where nothing was sent. */
export type Reply<T = unknown> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** A program that runs within Redis, all of it or nothing. In a cluster its keys must share a `{tag}`. */
export interface Script {
  /** Letters. */
  readonly name: string;
  readonly lua: string;
}

export interface Scripts {
  /** What the script returns; its strings come as buffers. */
  run(script: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<Reply>;
}

export interface Remote extends Scripts {
  read(key: string): Promise<Reply<Buffer | undefined>>;
  write(key: string, value: Buffer, ttlMs: number): Promise<Reply<void>>;
  /** Whether there was something. */
  remove(key: string): Promise<Reply<boolean>>;
}

/** Counts what went wrong: Redis' code, or why a value could not be read. */
export type OnFault = (reason: string) => void;

/** The value; of a reply that is none its reason is told, but not for each command while Redis is away: that is known. */
export function tellFault<T>(reply: Reply<T>, onFault: OnFault): T | undefined {
  if (reply.ok) return reply.value;
  if (reply.reason !== 'away') onFault(reply.reason);
  return undefined;
}
