import type { AkskCredentials } from '../upstream.ts';
import type { HttpRequest } from './exchange.ts';
import { authorization, canonicalRequest, sdkDate, sha256Hex, signature, signedHeaders, stringToSign } from './signing.ts';

/**
 * Signs requests without a query with an access key: adds `X-Sdk-Date`, `X-Project-Id`, `X-Security-Token` with temporary keys, and `Authorization`.
 * Signed are content type, host and every `x-*` field, as the official SDK does; what a proxy on the way may change is not.
 */
export function signer(credentials: AkskCredentials, projectId: string): (request: HttpRequest, epochMs: number) => HttpRequest {
  const { accessKey, secretKey, securityToken } = credentials;
  return (request, epochMs) => {
    const date = sdkDate(epochMs);
    const headers: Record<string, string> = { ...request.headers, 'x-sdk-date': date, 'x-project-id': projectId };
    if (securityToken) headers['x-security-token'] = securityToken.reveal();
    const signed: Record<string, string> = {};
    for (const name in headers) if (isSigned(name)) signed[name] = headers[name]!;
    const payloadHash = sha256Hex(request.body);
    const canonical = canonicalRequest({ method: request.method, path: request.path, query: [], headers: signed, payloadHash });
    const proof = signature(secretKey.reveal(), stringToSign(canonical, date));
    headers.authorization = authorization(accessKey.reveal(), signedHeaders(signed), proof);
    return { ...request, headers };
  };
}

function isSigned(name: string): boolean {
  return name === 'host' || name === 'content-type' || name.startsWith('x-');
}
