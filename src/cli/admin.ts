import { adminToken } from '../config/admin-token.ts';
import { gatewayUrl, reach } from './reach.ts';

/** The options `--url` and `--token`, for the commands that ask the admin plane. */
export const adminUrlOption = ['--url <url>', 'the admin plane of the gateway', gatewayUrl, 'http://127.0.0.1:8081'] as const;
export const adminTokenOption = ['--token <token>', 'its admin.token (default: $RUNWAY_ADMIN_TOKEN)'] as const;

export interface AdminOptions {
  readonly url: string;
  readonly token?: string;
}

/**
 * What the admin plane answers at `path`: its JSON, not checked.
 *
 * @throws Error that says what was in the way: no gateway there, no token or another's, what the gateway has against the request
 */
export async function askAdmin({ url, token: asked }: AdminOptions, path: string, init: RequestInit = {}): Promise<unknown> {
  const token = adminToken(asked);
  // `fetch` would refuse it as well, and quote it.
  if (token !== undefined && !/^[\x20-\x7e]+$/.test(token)) {
    throw new Error('the token has characters that cannot be sent, allowed are those of ASCII');
  }
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const answer = await reach(url, path, { ...init, headers });
  const text = await answer.text();
  const body = parsed(text);
  if (answer.ok && body !== undefined) return body;
  if (answer.status === 401) throw new Error(`the gateway at ${url} lets nobody in without its admin.token: ${needed(token)}`);
  const detail = detailOf(body);
  if (detail === undefined) throw new Error(`what answers at ${url} is no admin plane of a gateway: status ${answer.status} at ${path}`);
  throw new Error(`the gateway at ${url} answers ${answer.status}: ${detail}`);
}

function needed(token: string | undefined): string {
  if (token === undefined) return 'give it with --token or $RUNWAY_ADMIN_TOKEN';
  return 'the token of --token or $RUNWAY_ADMIN_TOKEN is another';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a problem (RFC 9457). */
function detailOf(body: unknown): string | undefined {
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : undefined;
  return typeof detail === 'string' ? detail : undefined;
}
