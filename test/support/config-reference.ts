import { readFileSync } from 'node:fs';
import { configJsonSchema, type JsonSchema } from './json-schema.ts';

const begin = '<!-- keys: begin -->';
const end = '<!-- keys: end -->';

/** The shipped files that are made from the configuration's schema, each with what it should hold. */
export function shippedReference(): { readonly file: URL; readonly content: string }[] {
  const schema = configJsonSchema();
  const page = new URL('../../docs/configuration.md', import.meta.url);
  const text = readFileSync(page, 'utf8');
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  const after = text.slice(text.indexOf(end));
  return [
    { file: new URL('../../docs/runway.schema.json', import.meta.url), content: `${JSON.stringify(schema, null, 2)}\n` },
    { file: page, content: `${before}\n${keyTable(schema)}\n${after}` },
  ];
}

/** A row for each key: its path, its default, its meaning. */
function keyTable(schema: JsonSchema): string {
  const rows = keysOf(schema, '').map(([path, key, required]) => {
    const standard = key.default === undefined ? (required ? '*required*' : '') : `\`${JSON.stringify(key.default).replaceAll('"', '')}\``;
    return `| \`${path}\` | ${standard} | ${key.description?.replaceAll('|', '\\|') ?? ''} |`;
  });
  return ['| key | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function keysOf(schema: JsonSchema, prefix: string): [string, JsonSchema, boolean][] {
  const named = typeof schema.additionalProperties === 'object' ? keysOf(schema.additionalProperties, `${prefix}NAME.`) : [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]): [string, JsonSchema, boolean][] => {
    const required = schema.required?.includes(key) ?? false;
    // Every key of `defaults` is described with the functions.
    const below =
      prefix === '' && key === 'defaults' ? [] : [...keysOf(value, `${prefix}${key}.`), ...keysOf(value.items ?? {}, `${prefix}${key}[].`)];
    return [[`${prefix}${key}`, value, required], ...below];
  });
  const either = (schema.anyOf ?? []).flatMap((form) => keysOf(form, prefix));
  return [...own, ...named, ...either];
}
