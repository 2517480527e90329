/** An error of FunctionGraph itself or of the cloud's API gateway before it: `{"error_code":"FSS.1051","error_msg":"…"}`. */
export interface ServiceError {
  readonly code: string;
  readonly message: string;
}

/** Undefined when the body is something else. */
export function readServiceError(body: Buffer): ServiceError | undefined {
  const fields = readObjectWith('error_code', body);
  if (fields === undefined) return undefined;
  const { error_code: code, error_msg: message } = fields;
  if (typeof code !== 'string' || !/^(?:FSS|APIGW?|FGS)\./.test(code)) return undefined;
  return { code, message: typeof message === 'string' ? message : '' };
}

/** The form a runtime gives to a thrown exception: `{"errorMessage":"…","errorType":"…"}`. */
export function isThrownError(body: Buffer): boolean {
  const fields = readObjectWith('errorType', body);
  return fields !== undefined && 'errorMessage' in fields && 'errorType' in fields;
}

/** It did not run: also 429 and `FSS.0429`, and only its text tells it from a limit that passes. */
export function saysDisabled({ code, message }: ServiceError): boolean {
  return code === 'FSS.0429' && /^function disabled\b/i.test(message);
}

/** `APIG.0308` is "the throttling threshold has been reached". */
export function saysThrottled({ code }: ServiceError): boolean {
  return /^APIGW?\.0308$/.test(code);
}

/** The gateway's own credentials were refused: the 03xx codes of the cloud's API gateway, but for throttling. */
export function saysUnauthorized({ code }: ServiceError): boolean {
  return /^APIGW?\.03(?!08)\d\d$/.test(code) || code === 'FSS.0401' || code === 'FSS.0403';
}

/**
 * What was refused, fit for the operator's log. A failed signature is answered with the canonical request the service computed, and that
 * holds the security token. Nobody promises that no other text echoes keys or the event: data goes, words and dates stay.
 */
export function describeForLog({ code, message }: ServiceError): string {
  const safe = message
    .replaceAll(/(x-(?:security|auth)-token:)[^|\n]*/gi, '$1[redacted]')
    .replaceAll(/\{.*\}/gs, '{…}')
    .replaceAll(/"[^"]*"/g, '"…"')
    .replaceAll(/[A-Za-z0-9+=_-]{16,}/g, (run) => (isOpaque(run) ? '[redacted]' : run));
  return `${code} ${safe.slice(0, 1000)}`;
}

/** Keys, tokens, signatures, hashes: long, with digits or capitals within. `20261123T120000Z` says how far a clock is off. */
function isOpaque(run: string): boolean {
  return /\d|.[A-Z]/.test(run) && !/^\d{8}T\d{6}Z$/.test(run);
}

/** Errors are short. A function's own answer may be megabytes of anything, and to parse that would hold the event loop. */
const maxErrorBytes = 64 * 1024;

function readObjectWith(key: string, body: Buffer): Record<string, unknown> | undefined {
  if (body.length > maxErrorBytes || !body.includes(`"${key}"`)) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
