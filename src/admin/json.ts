import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import type { z } from 'zod';
import { flawOfEvent } from '../event/check.ts';
import { readBody } from '../http/body.ts';
import { requestIdOf } from '../http/plane.ts';
import { bytesOutsideStrings } from './outside-strings.ts';

const bodyTimeoutMs = 5_000;

/** `JSON.parse` holds the event loop, and with it all calls: some 25 ms for so much, near a second for 12 MB. */
const mostOutsideStrings = 128 * 1024;

/** What a body has around the event in it. */
const levelsAround = 1;

/** The body of an admin request by its schema; undefined when it is something else, over `limitBytes`, too slow, or would be too slow to parse. */
export async function readJson<Schema extends z.ZodType>(
  incoming: IncomingMessage,
  schema: Schema,
  limitBytes: number,
): Promise<z.output<Schema> | undefined> {
  const read = await readBody(incoming, limitBytes, bodyTimeoutMs);
  if (read.kind !== 'read' || bytesOutsideStrings(read.body, mostOutsideStrings) > mostOutsideStrings) return undefined;
  if ((await flawOfEvent(read.body, levelsAround)) !== undefined) return undefined;
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
