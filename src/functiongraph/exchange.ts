import type { UnreachableReason } from '../call.ts';

/** One HTTP request, ready to be written: what is signed is what is sent. */
export interface HttpRequest {
  readonly method: 'POST';
  /** As on the request line, with the query. */
  readonly path: string;
  /** Lower-case names, `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Lower-case names; the values of a repeated one are joined by `, `. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>;

/** What became of one HTTP request. How far it had come decides whether it may have had an effect. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: AnswerHeaders;
      readonly body: Buffer;
    }
  | Failed
  /** The signal was aborted. `sent`: something of the request may have been written. */
  | { readonly kind: 'ended'; readonly reason: unknown; readonly sent: boolean };

/** `detail` is for the operator: it may name hosts and addresses. */
export type Failed =
  /** Nothing of the request was written. */
  | { readonly kind: 'failed'; readonly phase: 'connect'; readonly reason: UnreachableReason; readonly detail: string }
  /** Something may have been written, and the answer's headers had not come. `reused`: the connection had carried an answer before. */
  | {
      readonly kind: 'failed';
      readonly phase: 'sent';
      readonly reason: 'reset' | 'garbage';
      readonly reused: boolean;
      readonly detail: string;
    }
  /** The headers had come, and the body did not come whole. */
  | {
      readonly kind: 'failed';
      readonly phase: 'answering';
      readonly status: number;
      readonly reason: 'cut_short' | 'too_large';
      /** The invocation summary, which had come with the headers: what ran is billed, whatever became of its answer. */
      readonly summaryText?: string;
      readonly detail: string;
    };
