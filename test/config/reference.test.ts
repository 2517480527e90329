// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own syntax
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { shippedReference } from '../support/config-reference.ts';
import { configJsonSchema, type JsonSchema } from '../support/json-schema.ts';
import { configOf, least, project, upstreams, urn } from './sample.ts';

test.each(shippedReference())('$file is what the schema says', ({ file, content }) => {
  expect(readFileSync(file, 'utf8'), 'run `node test/support/write-schema.ts` to make it anew').toBe(content);
});

test('the example of the documentation is a good file', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const example = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';
  expect(configOf(example, { HUAWEICLOUD_SDK_AK: 'a', HUAWEICLOUD_SDK_SK: 's' }).targets[0]).toMatchObject({
    name: 'hello',
    timeoutMs: 10_000,
  });
});

describe('the JSON Schema', () => {
  const editor = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const accepts = (text: string) => editor.safeParse(load(text)).success;

  test('describes every key', () => {
    const bare: string[] = [];
    const visit = (schema: JsonSchema, path: string): void => {
      for (const [key, value] of Object.entries(schema.properties ?? {})) {
        if (!value.description) bare.push(`${path}${key}`);
        visit(value, `${path}${key}.`);
        visit(value.items ?? {}, `${path}${key}[].`);
      }
      if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties, `${path}NAME.`);
      for (const form of schema.anyOf ?? []) visit(form, path);
    };
    visit(configJsonSchema(), '');
    expect(bare).toEqual([]);
  });

  test('takes what the gateway takes', () => {
    expect(accepts(least)).toBe(true);
    expect(
      accepts(`listen: { port: 1 }\nredis: { url: "redis://h", timeout: 1s }\n${upstreams}functions:
  f: { urn: "${urn}", payload: event, idempotent: true, retry: { attempts: 1, on: [429], backoff: { base: 1ms } }, cache: { vary: [a] } }
  g: { urn: "${urn}", breaker: { slowCalls: { ratio: 0.9 } }, concurrency: { queue: 0 }, fallback: { body: "{}" } }`),
    ).toBe(true);
  });

  test.each([
    ['sentinel: { name: m, nodes: ["redis://h"], user: u, password: p, database: 1, tls: true }'],
    ['cluster: ["rediss://h", "${NODE}"], ca: file:ca.pem'],
  ])('takes a Redis with %s', (redis) => {
    expect(accepts(`redis: { ${redis} }\n${least}`)).toBe(true);
  });

  test('takes a variable wherever a value may stand', () => {
    const text = `listen: { host: "\${A}", port: "\${A:-1}" }
redis: { url: "\${A}", timeout: "\${A}" }
cache: { memory: "\${A}" }
upstreams: { m: { region: "\${A}", projectId: "\${A}", apiVersion: "\${A}", maxConnections: "\${A}", endpoint: "\${A}" } }
functions: { f: { urn: "\${A}", payload: "\${A}", idempotent: "\${A}", timeout: "\${A}", retry: { on: ["\${A}"] }, breaker: { failureRatio: "\${A}" } } }`;
    expect(accepts(text)).toBe(true);
  });

  test.each([
    ['an unknown key', `x: 1\n${least}`],
    ['a wrong number', `listen: { port: 70000 }\n${least}`],
    ['a number in quotes', `listen: { port: "80" }\n${least}`],
    ['a node that is no text', `redis: { cluster: [6379] }\n${least}`],
    ['a wrong duration', `redis: { url: "redis://h", timeout: 50 }\n${least}`],
    ['a status that is there twice', `${upstreams}functions: { f: { urn: "${urn}", retry: { on: [429, 429] } } }`],
    ['a missing key', `upstreams: { m: { region: cn-north-1 } }\nfunctions: {}`],
    ['a name that cannot be one', `${upstreams}functions: { A: { urn: "${urn}" } }`],
    ['an unknown key of a function', `${upstreams}functions: { f: { urn: "${urn}", aliases: {} } }`],
    ['a fallback for all', `defaults: { fallback: { body: "{}" } }\n${least}`],
    ['a wrong project', least.replace(project, 'p')],
  ])('refuses %s', (_, text) => {
    expect(accepts(text)).toBe(false);
  });
});
