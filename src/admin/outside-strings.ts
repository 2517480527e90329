const quote = 0x22;
const backslash = 0x5c;

/**
 * How many bytes of a JSON text stand outside its strings, their quotes among them, which is what `JSON.parse` of it costs: a string is one
 * value however long.
 * Stops counting above `most`.
 */
export function bytesOutsideStrings(text: Uint8Array, most: number): number {
  let outside = 0;
  let inString = false;
  for (let at = 0; at < text.length && outside <= most; at++) {
    const byte = text[at];
    if (byte === quote) inString = !inString;
    else if (inString && byte === backslash) at++;
    if (!inString || byte === quote) outside++;
  }
  return outside;
}
