const mostStreams = 32;
/** What may wait for a reader; one that is further behind is let go, and comes back by itself. */
const mostWaitingBytes = 512 * 1_024;

export interface EventStreamsOptions {
  /** Told of each sample: gives what ends that. */
  readonly onSample: (listener: () => void) => () => void;
  /** Ends all streams: a server that closes must not wait for them. */
  readonly ending: AbortSignal;
}

/** Streams of server-sent events to open pages, an event for each sample. Nothing is made for nobody: with no page open there is no work. */
export class EventStreams {
  readonly #open = new Set<() => void>();
  readonly #onSample: EventStreamsOptions['onSample'];
  readonly #ending: AbortSignal;

  constructor({ onSample, ending }: EventStreamsOptions) {
    this.#onSample = onSample;
    this.#ending = ending;
  }

  /**
   * A stream; undefined: there are too many. `next` gives the data of each event, which is one line, and undefined when it is over: who
   * reads may read no more.
   */
  open(next: () => string | undefined): ReadableStream<Uint8Array> | undefined {
    if (this.#open.size >= mostStreams || this.#ending.aborted) return undefined;
    const encoder = new TextEncoder();
    let end: () => void = () => undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          let stop: () => void = () => undefined;
          end = () => {
            stop();
            this.#open.delete(end);
            this.#ending.removeEventListener('abort', close);
          };
          const close = () => {
            end();
            controller.close();
          };
          const send = () => {
            // Asked before something is put in: what waits then is what the reader has not taken.
            const behind = (controller.desiredSize ?? 0) <= 0;
            const data = behind ? undefined : next();
            if (data === undefined) return close();
            controller.enqueue(encoder.encode(`data: ${data}\n\n`));
          };
          this.#open.add(end);
          this.#ending.addEventListener('abort', close);
          stop = this.#onSample(send);
          controller.enqueue(encoder.encode('retry: 2000\n\n'));
          send();
        },
        cancel: () => end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: mostWaitingBytes }),
    );
  }
}
