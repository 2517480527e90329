import type { Exchange } from './exchange.ts';

/** The v1 form of an answer: the function's result as a string inside JSON, with its status beside it. */
export interface Envelope {
  /** The function's own status; FunctionGraph's is 200 for a function that failed. */
  readonly status: number;
  /** What the handler returned, serialised. */
  readonly result: string;
  /** Plain text, with `X-Cff-Log-Type: tail`. */
  readonly log: string | undefined;
}

/** What the body really is, whatever was asked for. Source: FunctionGraph API reference, "Executing a Function Synchronously". */
export function claimsEnvelope(exchange: Exchange & { kind: 'answered' }): boolean {
  return exchange.headers['x-cff-response-version']?.toLowerCase() === 'v1';
}

/** Undefined for anything that is not an envelope. */
export function openEnvelope(body: Buffer): Envelope | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null) return undefined;
  const { status, result, log } = fields as Record<string, unknown>;
  if (typeof status !== 'number' || !Number.isInteger(status) || typeof result !== 'string') return undefined;
  return { status, result, log: typeof log === 'string' && log !== '' ? log : undefined };
}
