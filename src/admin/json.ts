import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import type { z } from 'zod';
import { readBody } from '../http/body.ts';
import { requestIdOf } from '../http/plane.ts';

const bodyTimeoutMs = 5_000;

/** The body of an admin request by its schema; undefined when it is something else, over `limitBytes` or too slow. */
export async function readJson<Schema extends z.ZodType>(
  incoming: IncomingMessage,
  schema: Schema,
  limitBytes: number,
): Promise<z.output<Schema> | undefined> {
  const read = await readBody(incoming, limitBytes, bodyTimeoutMs);
  if (read.kind !== 'read') return undefined;
  try {
    return schema.safeParse(JSON.parse(read.body.toString())).data;
  } catch {
    return undefined;
  }
}

/** Of every answer under `/admin`. */
export function headersFor(c: Context): { 'x-request-id': string; 'cache-control': string } {
  return { 'x-request-id': requestIdOf(c), 'cache-control': 'no-store' };
}
