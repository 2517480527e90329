/** What the store here needs of a Redis client. `reason` is a code; `away` means that nothing was sent. Nothing rejects. */
export interface Remote {
  run(script: Script, keys: readonly string[], args: readonly (string | number | Buffer)[]): Promise<Reply>;
}

export type Reply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

/** A program that runs within Redis. */
export interface Script {
  readonly name: string;
  readonly lua: string;
}

/** Counts what went wrong: Redis' code, or why a value could not be read. */
export type OnFault = (reason: string) => void;

/** Tells of a reply that is none, but for each command while Redis is away: that is known. */
export function tellFault(reply: Reply, onFault: OnFault): unknown {
  if (reply.ok) return reply.value;
  if (reply.reason !== 'away') onFault(reply.reason);
  return undefined;
}
