import type { Arrival, EventMedia } from './accept.ts';

type Declared = Pick<Arrival, 'method' | 'header'>;

/**
 * What a request says its body is. A browser can send a form to anybody without asking, so a form that comes from a page is refused:
 * JSON makes the browser ask first (CORS preflight). A `QUERY` must say what its content is, and say it truly (RFC 10008).
 */
export function eventMedia(request: Declared): EventMedia {
  const { method } = request;
  const encoding = request.header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return 'unsupported';
  const contentType = request.header('content-type') ?? (method === 'POST' ? 'application/json' : '');
  if (contentType === 'application/json') return 'json';
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return 'unsupported';
  if (type.trim() === 'application/json') return 'json';
  if (type.trim() !== 'application/x-www-form-urlencoded' || method === 'QUERY' || fromPage(request)) return 'unsupported';
  return 'form';
}

function fromPage(request: Declared): boolean {
  const site = request.header('sec-fetch-site');
  return request.header('origin') !== undefined || (site !== undefined && site !== 'same-origin' && site !== 'none');
}
