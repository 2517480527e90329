import { apiKeyPattern } from '../consumer.ts';

/** The text with no API key in it: one may stand anywhere in a file by mistake, as the name of a key too. */
export function withoutKeys(text: string): string {
  return text.replace(apiKeyPattern, '[secret]');
}
