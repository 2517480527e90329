/**
 * What a trace tells of a call, in the gateway's own words; `telemetry/spans.ts` says it in those of OpenTelemetry.
 * A call has a span only where its trace is recorded: `call.trace.span?.begin('recall')` is nothing at all elsewhere. Parents are handed
 * on by hand. Never the event, a credential or the value of a header, but for the request's id.
 */

/** What is told of each part of a call when it is over. */
export interface Facts {
  /** The whole of it, as its caller sees it. */
  readonly call: {
    readonly requestId: string;
    /** Undefined: the caller had left. */
    readonly status: number | undefined;
    /** As `runway_requests_total` counts it. */
    readonly outcome: string;
    /** What the gateway itself refused it with. */
    readonly problem: string | undefined;
    readonly consumer: string;
    /** Undefined where the request did not become a call. */
    readonly function: string | undefined;
    readonly attempts: number | undefined;
    /** What came of looking for a kept result, and the tier it was found in. */
    readonly cache: string | undefined;
    readonly tier: string | undefined;
    /** An earlier call with its `Idempotency-Key` has answered it. */
    readonly replayed: boolean;
  };
  /** Its consumer has limits, and they were asked. `limit`: the one that refused it. */
  readonly limit: { readonly decision: 'admitted' | 'broke' | 'refused'; readonly limit: string | undefined };
  /** A kept result was looked for. Undefined: there is none. */
  readonly recall: { readonly freshness: string | undefined; readonly tier: string | undefined };
  /** It waited for a place among the executions in flight. */
  readonly queue: { readonly turn: string };
  /** One request to FunctionGraph. */
  readonly attempt: {
    readonly target: { readonly name: string; readonly urn: string; readonly upstream: string };
    /** How many there were before it. */
    readonly earlier: number;
    /** The HTTP status, or how it ended without one. */
    readonly status: string;
    readonly outcome: string;
    readonly cause: string | undefined;
    /** What FunctionGraph bills for it, as far as it has said so. */
    readonly billedMbMs: number | undefined;
  };
  /** A result was computed anew in the background, after the call had its answer. */
  readonly refresh: { readonly outcome: string; readonly stored: boolean };
}

export type Part = keyof Facts;

/** One part of a call, from `begin` to `end`. */
export interface Span<P extends Part = Part> {
  /** Names it as the parent of what it brings about: W3C Trace Context, `traceparent`. */
  readonly traceparent: string;
  /** A part of it begins now. */
  begin<Below extends Part>(part: Below): Span<Below>;
  /** It waited for what another trace shows, under the span of this `traceparent`. */
  waitedFor(traceparent: string): void;
  /** It ends now. To be called once; a part of which nobody says so is not in the trace. */
  end(facts: Facts[P]): void;
}
