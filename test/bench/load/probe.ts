import type { Load } from './request.ts';

/**
 * One call before a run and one after it: wrk does not tell the statuses below 400 apart, and reads no body.
 * Undefined when the answer is 200 and what it has to be.
 */
export async function probe({ port, requests, answer }: Load): Promise<string | undefined> {
  const { path, apiKey, event } = requests[0]!;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) },
    body: event,
    signal: AbortSignal.timeout(10_000),
  });
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) return `a call was answered ${response.status}: ${body.toString().slice(0, 200)}`;
  return body.equals(answer) ? undefined : `a call was answered other than the upstream does: ${body.toString().slice(0, 200)}`;
}
