import type { Arrival, EventMedia, Method } from './accept.ts';

/**
 * What a request says its body is. A browser can send a form to anybody without asking, so a form that comes from a page is refused:
 * JSON makes the browser ask first (CORS preflight). A `QUERY` must say what its content is, and say it truly (RFC 10008).
 */
export function eventMedia(method: Method, header: Arrival['header']): EventMedia {
  const encoding = header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return 'unsupported';
  const contentType = header('content-type') ?? (method === 'POST' ? 'application/json' : '');
  // As nearly every call has it.
  if (contentType === 'application/json') return 'json';
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return 'unsupported';
  if (type.trim() === 'application/json') return 'json';
  if (type.trim() !== 'application/x-www-form-urlencoded' || method === 'QUERY' || fromPage(header)) return 'unsupported';
  return 'form';
}

function fromPage(header: Arrival['header']): boolean {
  const site = header('sec-fetch-site');
  return header('origin') !== undefined || (site !== undefined && site !== 'same-origin' && site !== 'none');
}
