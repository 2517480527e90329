import type { Frame } from './frame.ts';
import type { CallFrame, CpuProfile } from './profile.ts';

/** A frame with all that was seen above it, over all stacks that are the same up to here. */
export interface Stack {
  readonly frame: Frame;
  /** How often it was seen, at work itself or waiting for what it called. */
  readonly samples: number;
  /** How often it was at work itself. */
  readonly ownSamples: number;
  /** The most seen first. */
  readonly callees: readonly Stack[];
}

/** The part of a profile that counts, in microseconds of its clock. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** The callbacks of the event loop, and all that they called. */
export function fold(profile: CpuProfile, { fromUs, toUs }: Span, nameOf: (frame: CallFrame) => Frame): Stack {
  const root = new Folding({ name: 'event loop', short: 'event loop', origin: 'native, GC' });
  const foldings = foldingsOf(profile, root, nameOf);
  let atUs = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    atUs += profile.timeDeltas[index]!;
    if (atUs >= fromUs && atUs < toUs) foldings.get(id)?.look();
  }
  return root.stack();
}

/** What the loop waits in is no work: it has no folding, nor has what is below it. */
const waiting = '(idle)';

function foldingsOf({ nodes }: CpuProfile, root: Folding, nameOf: (frame: CallFrame) => Frame): ReadonlyMap<number, Folding> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const foldings = new Map<number, Folding>();
  const place = (id: number, folding: Folding) => {
    foldings.set(id, folding);
    for (const callee of byId.get(id)!.children ?? []) {
      const { callFrame } = byId.get(callee)!;
      if (callFrame.functionName !== waiting) place(callee, folding.into(nameOf(callFrame)));
    }
  };
  // The first one is V8's own root.
  if (nodes[0]) place(nodes[0].id, root);
  return foldings;
}

class Folding {
  readonly #frame: Frame;
  readonly #callees = new Map<string, Folding>();
  #ownSamples = 0;

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  into(frame: Frame): Folding {
    const folding = this.#callees.get(frame.name) ?? new Folding(frame);
    this.#callees.set(frame.name, folding);
    return folding;
  }

  look(): void {
    this.#ownSamples++;
  }

  stack(): Stack {
    const seen = [...this.#callees.values()].map((callee) => callee.stack()).filter(({ samples }) => samples > 0);
    const callees = seen.sort((a, b) => b.samples - a.samples || (a.frame.name < b.frame.name ? -1 : 1));
    const samples = callees.reduce((sum, callee) => sum + callee.samples, this.#ownSamples);
    return { frame: this.#frame, samples, ownSamples: this.#ownSamples, callees };
  }
}
