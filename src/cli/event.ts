import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

/** `-d, --data`, for the commands that are given an event. */
export const dataOption = ['-d, --data <json>', 'the event: JSON, @FILE, or - for standard input', '{}'] as const;

/**
 * The event that `-d` means, not checked.
 *
 * @throws Error when its file cannot be read
 */
export async function eventOf(data: string): Promise<string> {
  if (data === '-') return text(process.stdin);
  if (!data.startsWith('@')) return data;
  const file = data.slice(1);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`the event cannot be read from ${JSON.stringify(file)}: ${(cause as Error).message}`);
  }
}
