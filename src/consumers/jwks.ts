import type { Clock } from '../call.ts';

/** The public keys of an issuer, as they were last fetched. */
export interface KeySet<Keys> {
  readonly keys: Keys;
  /** Another number for other keys. */
  readonly generation: number;
}

export interface Jwks<Keys> {
  /** The keys, at once where there are any; else it waits for the issuer. Undefined: there are none to be had. Never rejects. */
  current(): KeySet<Keys> | undefined | Promise<KeySet<Keys> | undefined>;
  /**
   * Others than `set`, among which a key was not, or the same where there are none: asked for anew, unless that was done a short while ago.
   * `certain`: the issuer answered when it was last asked, so that a key that is not among these is none of its.
   */
  renewed(set: KeySet<Keys>): Promise<{ readonly set: KeySet<Keys>; readonly certain: boolean }>;
}

/** `reason` is for the log: a code or a few words, nothing of what was received. */
export type Fetched = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface JwksOptions<Keys> {
  readonly url: string;
  /** Makes keys of the JSON that came; throws if it is no key set. */
  readonly read: (json: unknown) => Keys;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  /** After every request to the issuer. */
  readonly onFetched: (fetched: Fetched) => void;
}

/** A request to the issuer may take this long. */
const fetchTimeoutMs = 5_000;
/** From one request to the next, however many tokens with unknown keys come in: anybody can make those. */
const pauseMs = 30_000;
/** The same as long as there are no keys: nobody with a token can call until there are. */
const firstPauseMs = 5_000;
/** Older keys are fetched anew in the background, so that one the issuer takes back is not good for ever. */
const freshForMs = 10 * 60_000;
/** A key takes some hundred bytes. */
const maxBytes = 1_048_576;

/** The keys of one issuer: fetched when first needed, one request at a time, and good for as long as no newer ones can be had. */
export function openJwks<Keys>({ url, read, clock, fetch, onFetched }: JwksOptions<Keys>): Jwks<Keys> {
  let known: (KeySet<Keys> & { readonly text: string; readonly fetchedAtMs: number }) | undefined;
  let lastAsked: { readonly atMs: number; readonly answered: boolean } | undefined;
  let inFlight: Promise<void> | undefined;

  /** Resolves at once within the pause. Never rejects. */
  function ask(): Promise<void> {
    const paused = lastAsked && clock.nowMs() < lastAsked.atMs + (known ? pauseMs : firstPauseMs);
    if (paused && !inFlight) return Promise.resolve();
    inFlight ??= fetchKeys().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  }

  async function fetchKeys(): Promise<void> {
    const fetched = await receive().catch((error: unknown): Fetched => ({ ok: false, reason: reasonOf(error) }));
    lastAsked = { atMs: clock.nowMs(), answered: fetched.ok };
    onFetched(fetched);
  }

  async function receive(): Promise<Fetched> {
    const answered = new AbortController();
    const late = new AbortController();
    void clock.sleep(fetchTimeoutMs, answered.signal).then(() => late.abort());
    try {
      const text = await textOf(await fetch(url, { headers: { accept: mediaTypes }, redirect: 'manual', signal: late.signal }));
      if (known?.text !== text) known = { keys: read(JSON.parse(text)), generation: (known?.generation ?? 0) + 1, text, fetchedAtMs: 0 };
      known = { ...known, fetchedAtMs: clock.nowMs() };
      return { ok: true };
    } catch (error) {
      if (late.signal.aborted) return { ok: false, reason: 'timeout' };
      throw error;
    } finally {
      answered.abort();
    }
  }

  return {
    current() {
      if (known === undefined) return ask().then(() => known);
      if (clock.nowMs() - known.fetchedAtMs >= freshForMs) void ask();
      return known;
    },
    async renewed(set) {
      await ask();
      return { set: known ?? set, certain: lastAsked?.answered === true };
    },
  };
}

const mediaTypes = 'application/jwk-set+json, application/json';

class Refusal extends Error {}

async function textOf({ status, body }: Response): Promise<string> {
  if (status !== 200 || body === null) {
    await body?.cancel();
    throw new Refusal(`status ${status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Refusal('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `ECONNREFUSED`, `CERT_HAS_EXPIRED`: what Node calls it, never what the other side says. */
function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error instanceof TypeError ? 'unreachable' : 'no key set';
}
