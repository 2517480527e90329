import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A call as it is sent. */
export interface Request {
  readonly path: string;
  readonly apiKey?: string;
  readonly event: string;
}

export interface Load {
  readonly port: number;
  /** Sent in turn. */
  readonly requests: readonly Request[];
  /** The same, as `load.lua` reads them. */
  readonly requestsFile: string;
  readonly connections: number;
  /** What every answer has to be. */
  readonly answer: Buffer;
}

let files = 0;

/** Tabs and ends of lines stand between: neither is in compact JSON. */
export async function loadOf(folder: string, load: Omit<Load, 'requestsFile'>): Promise<Load> {
  const requestsFile = join(folder, `requests-${++files}.tsv`);
  const lines = load.requests.map(({ path, apiKey, event }) => `${path}\t${apiKey ? `Bearer ${apiKey}` : ''}\t${event}\n`);
  await writeFile(requestsFile, lines.join(''));
  return { ...load, requestsFile };
}
