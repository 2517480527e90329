/** The names under which functions are called: `[a-z0-9][a-z0-9._-]{0,62}`, from the gateway's contract. */
export const functionNamePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Whether `text` can be a name at all. */
export function isFunctionName(text: string): boolean {
  return functionNamePattern.test(text);
}

/** In the place of names of functions and consumers that are not configured: all such are one. No configured name begins like that. */
export const unknownName = '_unknown';
