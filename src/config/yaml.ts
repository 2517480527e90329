import { CORE_SCHEMA, load, mapTag, mergeTag, strTag, YAMLException } from 'js-yaml';

/**
 * The braces of `${NAME}`, where YAML has braces of its own: `{ token: ${TOKEN:-} }` would otherwise not be YAML. They stand in
 * for one character each, so that positions stay what they are.
 */
const opening = '\uE000';
const closing = '\uE001';

export function maskReferences(text: string): string {
  return text.replace(/\$\{([^{}"'\n]*)\}/g, `$$${opening}$1${closing}`);
}

export function unmaskReferences(text: string): string {
  return text.includes(opening) ? text.replace(/\$\uE000([^\uE001]*)\uE001/g, '$${$1}') : text;
}

/** No map has a key `__proto__`, so that further on nothing has to ask for it; `refusal`, if any, is what is said of one. */
function schemaWith(refusal: string) {
  return CORE_SCHEMA.withTags(
    mergeTag,
    { ...strTag, resolve: unmaskReferences },
    { ...mapTag, addPair: (map, key, value) => (key === '__proto__' ? refusal : mapTag.addPair(map, key, value)) },
  );
}

const strict = schemaWith('a key cannot be named __proto__');
const lenient = schemaWith('');

export type YamlResult =
  | { readonly ok: true; readonly root: unknown }
  /** `line` and `column` from 1. `reason` holds nothing of the file's text. */
  | { readonly ok: false; readonly reason: string; readonly line: number; readonly column: number };

/**
 * YAML 1.2 with merge keys, fast and without positions. What aliases repeat is shared and not copied, so a few lines cannot
 * grow into gigabytes.
 *
 * @param keys `lenient`: of a key that is there twice the last counts, and `__proto__` is passed over, to go on checking a file
 * already known to be wrong
 */
export function readYaml(text: string, keys: 'strict' | 'lenient' = 'strict'): YamlResult {
  try {
    const options = keys === 'strict' ? { schema: strict } : { schema: lenient, json: true };
    // 10,000 functions may each merge some ten keys; the library's own bound is 10,000 keys in all.
    return { ok: true, root: load(maskReferences(text), { ...options, maxTotalMergeKeys: 1_000_000 }) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { ok: false, reason: withoutText(error.reason), line: (error.mark?.line ?? 0) + 1, column: (error.mark?.column ?? 0) + 1 };
  }
}

/** Cuts off what a library quotes of the file: it may be a piece of a secret. */
export function withoutText(reason: string): string {
  return reason.replace(/:? (?:"(?!quote)|[!<\\]).*$|[:;] .*$/s, ' …');
}
