import type { Problem, ProblemCode } from './call.ts';

/** What is fixed for a problem code. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** FunctionGraph's nearest own code, so that clients written for the native API still understand the answer. */
  readonly errorCode: string;
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  /** For `Proxy-Status` (RFC 9209 section 2.3) on a 5xx, where the problem itself does not say it better. */
  readonly proxyError?: string;
}

/** Every refusal the gateway can make, and the one place that gives it a status. */
export const problemKinds: Readonly<Record<ProblemCode, ProblemKind>> = {
  invalid_event: { status: 400, title: 'The event is not valid', errorCode: 'FSS.0400', retryable: false },
  invalid_request: { status: 400, title: 'The request cannot be read', errorCode: 'FSS.0400', retryable: false },
  unauthenticated: { status: 401, title: 'Who calls is not known', errorCode: 'FSS.0401', retryable: false },
  issuer_unreachable: {
    status: 503,
    title: 'Whether the token is good cannot be found out',
    errorCode: 'FSS.0503',
    retryable: true,
    proxyError: 'proxy_internal_response',
  },
  forbidden: { status: 403, title: 'The caller may not do this', errorCode: 'FSS.0403', retryable: false },
  unknown_function: { status: 404, title: 'No function of this name', errorCode: 'FSS.1051', retryable: false },
  not_found: { status: 404, title: 'No such route', errorCode: 'FSS.0404', retryable: false },
  method_not_allowed: { status: 405, title: 'This method is not allowed here', errorCode: 'FSS.0400', retryable: false },
  idempotency_in_flight: {
    status: 409,
    title: 'The first call with this Idempotency-Key is under way',
    errorCode: 'FSS.0409',
    retryable: true,
  },
  idempotency_mismatch: { status: 422, title: 'This Idempotency-Key belongs to another event', errorCode: 'FSS.0400', retryable: false },
  event_too_large: { status: 413, title: 'The event is too large', errorCode: 'FSS.1201', retryable: false },
  unsupported_media_type: { status: 415, title: 'The event must be JSON', errorCode: 'FSS.0400', retryable: false },
  rate_limited: { status: 429, title: 'The consumer calls too often', errorCode: 'FSS.0429', retryable: true },
  quota_exhausted: { status: 429, title: 'The consumer has used up its quota', errorCode: 'FSS.0429', retryable: true },
  internal_error: {
    status: 500,
    title: 'A fault of the gateway',
    errorCode: 'FSS.0500',
    retryable: true,
    proxyError: 'proxy_internal_error',
  },
  upstream_unreachable: {
    status: 502,
    title: 'FunctionGraph could not be reached',
    errorCode: 'FSS.0502',
    retryable: true,
    proxyError: 'destination_unavailable',
  },
  upstream_invalid: {
    status: 502,
    title: 'FunctionGraph gave no valid answer',
    errorCode: 'FSS.0502',
    retryable: true,
    proxyError: 'http_protocol_error',
  },
  upstream_rejected_gateway: {
    status: 502,
    title: 'FunctionGraph refused the gateway',
    errorCode: 'FSS.0502',
    retryable: false,
    proxyError: 'proxy_configuration_error',
  },
  circuit_open: {
    status: 503,
    title: 'The circuit of this function is open',
    errorCode: 'FSS.0503',
    retryable: true,
    proxyError: 'destination_unavailable',
  },
  overloaded: {
    status: 503,
    title: 'There is no place for this call',
    errorCode: 'FSS.0503',
    retryable: true,
    proxyError: 'connection_limit_reached',
  },
  shutting_down: {
    status: 503,
    title: 'The gateway is shutting down',
    errorCode: 'FSS.0503',
    retryable: true,
    proxyError: 'proxy_internal_response',
  },
  deadline_exceeded: {
    status: 504,
    title: 'The time of the call is up',
    errorCode: 'FSS.0504',
    retryable: true,
    proxyError: 'http_response_timeout',
  },
  not_cached: { status: 504, title: 'Nothing is kept', errorCode: 'FSS.0504', retryable: true, proxyError: 'proxy_internal_response' },
};

/** What a caller is told of a fault of ours: nothing but where its operator finds it. */
export const internalError: Problem = { code: 'internal_error', detail: 'the gateway failed; its log says why under the request id' };
