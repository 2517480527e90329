/** What FunctionGraph, or the API gateway in front of it, answers when it does not run a function. */
export interface ServiceError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const make = (status: number, code: string, message: string): ServiceError => ({ status, code, message });

/** Codes, statuses and texts of "Error Codes", FunctionGraph API reference; for `APIGW.*` the API signing guide. */
export const serviceErrors = {
  invalidParameter: make(400, 'FSS.0400', 'Invalid parameter.'),
  forbidden: make(403, 'FSS.0403', 'Forbidden'),
  notAcceptable: make(406, 'FSS.0406', 'Not acceptable.'),
  tooManyRequests: make(429, 'FSS.0429', 'Too many requests.'),
  /** The same status and code as for too many requests: only the text tells. */
  functionDisabled: make(429, 'FSS.0429', 'Function Disabled'),
  internal: make(500, 'FSS.0500', 'Internal server error.'),
  unavailable: make(503, 'FSS.0503', 'Service unavailable.'),
  invalidQuery: make(400, 'FSS.1001', 'Invalid query parameter.'),
  noFunction: make(404, 'FSS.1051', 'Not found the function'),
  noVersion: make(404, 'FSS.1052', 'The version does not exist.'),
  noAlias: make(404, 'FSS.1053', 'The alias does not exist.'),
  bodyTooLarge: make(413, 'FSS.1201', 'The request body is too large.'),
  invalidUrn: make(400, 'FSS.1309', 'Invalid function URN.'),
  noApi: make(404, 'APIGW.0101', 'The API does not exist or has not been published in the environment'),
  gatewayThrottled: make(429, 'APIGW.0308', 'The throttling threshold has been reached'),
} as const;

/** 401 of the API gateway in front of every service; the reason is for whoever debugs a signer. */
export function authenticationError(reason: string): ServiceError {
  return make(401, 'APIGW.0301', `Incorrect IAM authentication information: ${reason}`);
}
