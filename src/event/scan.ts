import { action, array, expected, firstAction, numberEnds, object, state, table } from './scan-table.ts';
import { type Place, skim, windowBytes } from './skim.ts';

export type ScanFlaw = { readonly kind: 'syntax'; readonly atByte: number; readonly expected: string } | { readonly kind: 'too_deep' };

/** Fewer bytes are read by the table sooner than skimmed. */
const worthSkimming = 256;

/** Comes before every state. */
const noState = -1;

/**
 * Reads JSON (RFC 8259) without building anything: grammar and depth, byte by byte, and it can pause between any two bytes.
 * `JSON.parse` of a hostile 6 MB event holds the event loop for hundreds of milliseconds; this pauses whenever it is told to.
 * UTF-8 is not its business: see `check.ts`. A pushdown automaton: the states of `scan-table.ts`, and an entry for each open bracket.
 */
export class JsonScanner {
  readonly #bytes: Uint8Array;
  readonly #open: Uint8Array;
  readonly #at: Place = { position: 0, depth: 0, state: state.value };

  /** `open`: room for a bracket a level; whatever is in it does not matter, and it is not to be shared with a scan that goes on. */
  constructor(bytes: Uint8Array, open: Uint8Array) {
    this.#bytes = bytes;
    this.#open = open;
  }

  get done(): boolean {
    return this.#at.position === this.#bytes.length;
  }

  /** Reads at most `count` bytes on. Returns the first flaw, and is not to be called again after one. */
  read(count: number): ScanFlaw | undefined {
    const at = this.#at;
    const last = Math.min(this.#bytes.length, at.position + count);
    while (at.position < last) {
      const end = Math.min(last, at.position + windowBytes);
      if (end - at.position >= worthSkimming) {
        const flaw = this.#step(end, state.next);
        if (flaw) return flaw;
        skim(this.#bytes, end, this.#open, at);
      }
      const flaw = this.#step(end, noState);
      if (flaw) return flaw;
    }
    return undefined;
  }

  /** Reads by the table: up to `end`, or until the state is one up to `lastState`. */
  #step(end: number, lastState: number): ScanFlaw | undefined {
    const bytes = this.#bytes;
    // Kept out of the fields: this loop sees every byte of a small event.
    let { position, state: now } = this.#at;
    for (; position < end && now > lastState; position++) {
      const next = table[(now << 8) | bytes[position]!]!;
      if (next < firstAction) {
        now = next;
        // Over the plain part of a string in one go: most bytes of a large event are there.
        if (now === state.string) while (position + 1 < end && isPlain(bytes[position + 1]!)) position++;
        continue;
      }
      const flaw = this.#act(next, now, position);
      if (flaw) return flaw;
      now = this.#at.state;
    }
    this.#at.state = now;
    this.#at.position = position;
    return undefined;
  }

  /** To be asked once all bytes are read: whether a whole value stood there. */
  finish(): ScanFlaw | undefined {
    const ended = this.#at.state === state.next || numberEnds.includes(this.#at.state);
    return this.#at.depth === 0 && ended ? undefined : syntax(this.#at.state, this.#at.position);
  }

  /** What the table leaves open: brackets, commas, and what is wrong with the byte at `position`. Sets the state. */
  #act(what: number, from: number, position: number): ScanFlaw | undefined {
    switch (what) {
      case action.openObject:
        return this.#push(object, state.keyOrEnd);
      case action.openArray:
        return this.#push(array, state.valueOrEnd);
      case action.closeObject:
      case action.closeArray:
        if (this.#top() !== (what === action.closeObject ? object : array)) break;
        this.#at.depth--;
        this.#at.state = state.next;
        return undefined;
      case action.comma:
        if (this.#at.depth === 0) break;
        this.#at.state = this.#top() === object ? state.key : state.value;
        return undefined;
    }
    // A number has ended before a byte that is no part of it: but for a digit after a leading zero.
    const digit = this.#bytes[position]! >= 0x30 && this.#bytes[position]! <= 0x39;
    return syntax(numberEnds.includes(from) && !digit ? state.next : from, position);
  }

  /** The innermost bracket that is open. */
  #top(): number | undefined {
    return this.#at.depth === 0 ? undefined : this.#open[this.#at.depth - 1];
  }

  #push(bracket: number, to: number): ScanFlaw | undefined {
    if (this.#at.depth === this.#open.length) return { kind: 'too_deep' };
    this.#open[this.#at.depth++] = bracket;
    this.#at.state = to;
    return undefined;
  }
}

/** In a string it stands for itself. */
function isPlain(byte: number): boolean {
  return byte !== 0x22 && byte !== 0x5c && byte >= 0x20;
}

function syntax(seen: number, atByte: number): ScanFlaw {
  return { kind: 'syntax', atByte, expected: expected[seen]! };
}
