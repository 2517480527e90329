import { z } from 'zod';
import { kind, shown, valueSeen } from './seen.ts';

/**
 * What a key of the file may hold, as zod schemas whose problems all read the same:
 * the value seen, and what is allowed.
 */

export type YamlMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a problem with a value, for zod's `error`. */
export function allowed(rule: string): string {
  return `is ${valueSeen}, allowed is ${rule}`;
}

/** `a`, `a or b`, `a, b or c`. */
function either(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

/** A map with exactly these keys. Says nothing of its values: a secret may stand where a map should. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `is an unknown key, allowed are ${keys}`
        : `is ${kind(issue.input)}, allowed is a map of ${keys}`,
  });
}

/** A map from names of the user's choice. */
export function named<Value extends z.ZodType>(name: RegExp, rule: string, value: Value) {
  const key = z
    .string()
    .regex(name, { error: (issue) => `is not a name that can be used here, allowed is ${rule}, seen was ${shown(issue.input)}` });
  return z.record(key, value, { error: (issue) => `is ${kind(issue.input)}, allowed is a map from names to their settings` });
}

/** For the relations between keys: checked even if one of the keys is wrong, so that every problem is named at once. */
export const always = { when: ({ value }: { readonly value: unknown }) => isMap(value) };

/**
 * What an environment variable gives is text: read it as the number or truth value that the key wants.
 * By the key and not by the looks of the text, so that a password of digits stays the text it is.
 */
function fromText<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => {
    if (value === 'true' || value === 'false') return value === 'true';
    return typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : value;
  }, schema);
}

export function whole(minimum: number, maximum: number, rule = `a whole number from ${minimum} to ${maximum}`) {
  const error = allowed(rule);
  return fromText(z.int({ error }).min(minimum, { error }).max(maximum, { error }));
}

export function number(minimum: number, maximum: number) {
  const error = allowed(`a number from ${minimum} to ${maximum}`);
  return fromText(z.number({ error }).min(minimum, { error }).max(maximum, { error }));
}

/** A share: above 0, at most 1. */
export function ratio() {
  const error = allowed('a number above 0 and at most 1');
  return fromText(z.number({ error }).gt(0, { error }).max(1, { error }));
}

export function flag() {
  return fromText(z.boolean({ error: allowed('true or false') }));
}

/** One of a few values. */
export function choice<const Choices extends readonly (string | number)[]>(choices: Choices) {
  const schema = z.literal<Choices>(choices, { error: allowed(either(choices.map((value) => JSON.stringify(value)))) });
  return choices.some((value) => typeof value === 'number') ? fromText(schema) : schema;
}

/** Text of a certain form. */
export function text(pattern: RegExp, rule: string) {
  const error = allowed(rule);
  return z.string({ error }).regex(pattern, { error });
}

/** Text that is JSON, kept as it is written. */
export function jsonText() {
  const error = allowed('JSON as text, such as \'{"items": []}\'');
  return z.string({ error }).refine(isJson, { error });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Where a service answers: scheme, host and port alone, since the gateway makes the path. Without a trailing slash. */
export function origin() {
  const error = allowed('http:// or https://, a host and optionally a port, without user, path or query');
  return z.string({ error }).transform((input, context) => {
    const url = URL.parse(input);
    const plain = url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href;
    if (plain) return url.origin;
    // What stands before an @ may be a password.
    context.addIssue({ code: 'custom', message: error, input: input.replace(/^.*@/s, '[secret]@') });
    return z.NEVER;
  });
}
