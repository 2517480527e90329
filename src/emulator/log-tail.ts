/** How much of a log FunctionGraph returns. Its request side says 4 KB, its response side 2000 bytes: the smaller one. */
const tailBytes = 2000;

/** What an execution has written, of which only the end is ever shown. */
export class LogTail {
  #text = '';

  append(text: string): void {
    this.#text += text;
    // Kept in characters, each at least one byte; trimmed rarely, so that many short lines stay cheap.
    if (this.#text.length > 16 * tailBytes) this.#text = this.#text.slice(-tailBytes);
  }

  /** Everything since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

/** The last bytes of a log; a character at its start may be cut, as in the real service. */
export function tailOf(log: string): Buffer {
  const bytes = Buffer.from(log);
  return bytes.subarray(Math.max(0, bytes.length - tailBytes));
}
