/** What the stores here need of a Redis client. `reason` is a code; `away` means that nothing was sent. Nothing rejects. */
export interface Remote {
  read(key: string): Promise<Reply<Buffer | undefined>>;
  write(key: string, value: Buffer, ttlMs: number): Promise<Reply<void>>;
  remove(key: string): Promise<Reply<boolean>>;
  /** Strings of what the script returns come as buffers. */
  run(script: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<Reply<unknown>>;
}

export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** A program that runs within Redis. */
export interface Script {
  readonly name: string;
  readonly lua: string;
}

/** Counts what went wrong: Redis' code, or why a value could not be read. */
export type OnFault = (reason: string) => void;

/** Tells of a reply that is none, but for each command while Redis is away: that is known. */
export function tellFault<T>(reply: Reply<T>, onFault: OnFault): T | undefined {
  if (reply.ok) return reply.value;
  if (reply.reason !== 'away') onFault(reply.reason);
  return undefined;
}
