import type { AkskCredentials } from '../upstream.ts';
import type { HttpRequest } from './exchange.ts';
import { signedFieldsBy } from './signed-fields.ts';
import { authorization, canonicalText, canonicalUri, hmacWith, sdkDate, sha256Hex, stringToSign } from './signing.ts';

/**
 * Signs requests without a query with an access key: adds `X-Sdk-Date`, `X-Project-Id`, `X-Security-Token` with temporary keys, and `Authorization`.
 * Signed are content type, host and every `x-*` field, as the official SDK does; what a proxy on the way may change is not.
 *
 * What is the same for many requests is made once: the canonical form of a path, the date of a second, the order of the fields.
 */
export function signer(credentials: AkskCredentials, projectId: string): (request: HttpRequest, epochMs: number) => HttpRequest {
  const { accessKey, secretKey, securityToken } = credentials;
  const hmac = hmacWith(secretKey.reveal());
  const fieldsOf = signedFieldsBy(isSigned);
  /** Paths are those of the configured functions. */
  const uris = new Map<string, string>();
  let date = '';
  let dateSecond = Number.NaN;
  return (request, epochMs) => {
    const second = Math.floor(epochMs / 1000);
    if (second !== dateSecond) {
      dateSecond = second;
      date = sdkDate(epochMs);
    }
    let uri = uris.get(request.path);
    if (uri === undefined) {
      uri = canonicalUri(request.path);
      uris.set(request.path, uri);
    }
    const headers: Record<string, string> = { ...request.headers, 'x-sdk-date': date, 'x-project-id': projectId };
    if (securityToken) headers['x-security-token'] = securityToken.reveal();
    const { lines, names } = fieldsOf(headers);
    const canonical = canonicalText(request.method, uri, '', lines, names, sha256Hex(request.body));
    headers.authorization = authorization(accessKey.reveal(), names, hmac(stringToSign(canonical, date)));
    return { ...request, headers };
  };
}

function isSigned(name: string): boolean {
  return name === 'host' || name === 'content-type' || name.startsWith('x-');
}
