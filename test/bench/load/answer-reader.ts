const endOfHead = '\r\n\r\n';

/** Finds the end of each answer of a connection that has one call at a time. */
export class AnswerReader {
  readonly #wanted: string;
  #read = '';

  /** @param wanted the body of every answer, a character for each byte */
  constructor(wanted: string) {
    this.#wanted = wanted;
  }

  /** Undefined: the answer goes on. `fault` undefined: it is 200 and what it has to be. */
  take(chunk: Buffer): { readonly fault: string | undefined } | undefined {
    this.#read += chunk.toString('latin1');
    const headEnd = this.#read.indexOf(endOfHead);
    if (headEnd < 0) return undefined;
    const bodyAt = headEnd + endOfHead.length;
    const bodyBytes = /^content-length: *(\d+)\r$/im.exec(this.#read.slice(0, bodyAt))?.[1];
    if (bodyBytes === undefined) return { fault: `an answer does not say how long it is: ${this.#read.slice(0, 200)}` };
    if (this.#read.length < bodyAt + Number(bodyBytes)) return undefined;
    const answer = this.#read;
    this.#read = '';
    const body = answer.slice(bodyAt);
    const [, status] = answer.split(' ', 2);
    if (status !== '200') return { fault: `a call was answered ${status}: ${body.slice(0, 200)}` };
    return { fault: body === this.#wanted ? undefined : `a call was answered other than the upstream does: ${body.slice(0, 200)}` };
  }
}
