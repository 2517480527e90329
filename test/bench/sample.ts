/** What is called in every section. One account of FunctionGraph, and functions of it. */
export const region = 'cn-north-1';
export const projectId = '7aad83af3e8d42e99ac194e8419e2c9b';

export const event = '{"message":"Hello World"}';
/** What the upstream answers to it. */
export const answer = '{"message":"Hello World"}';

export function urnOf(name: string): string {
  return `urn:fss:${region}:${projectId}:function:default:${name}`;
}

/** What all paths of calls begin with. */
export const functionsPath = `/v1.0/${projectId}/fss/functions/`;

/** Where FunctionGraph takes calls of it. */
export function invocationPath(name: string): string {
  return `${functionsPath}${urnOf(name)}:latest/invocations`;
}
