import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plane } from './plane.ts';

/** The methods of a call. */
export function isCallMethod(method: string | undefined): boolean {
  return method === 'POST' || method === 'QUERY';
}

/** A name that is one part of a path, and a host that needs no second look: others go the way of every other request. */
const callUrl = /^\/run\/(?!\.{1,2}(?:\?|$))[^/?#;]+(?:\?|$)/;
const plainHost = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;

export function isPlainCall({ method, url = '', headers: { host = 'localhost' } }: IncomingMessage): boolean {
  return isCallMethod(method) && callUrl.test(url) && plainHost.test(host);
}

/**
 * Takes a call to its route. Hono looks at method and URL to find it, and the route at nothing but Node's own request and response: so
 * no Fetch `Request` is made, and the adapter has nothing to do. See `run.ts`.
 */
export function routeCall(plane: Plane, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const request = { method: incoming.method, url: `http://localhost${incoming.url}` } as Request;
  void plane.fetch(request, { incoming, outgoing });
}
