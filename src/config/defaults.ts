import { flag, isMap, type YamlMap } from './fields.ts';
import { type Issue, issuesOf } from './problem.ts';
import { defaultsSchema } from './schema-functions.ts';

/**
 * The file with `defaults` filled into each function, key by key and down to the last level.
 * Of `defaults` only what is right is filled in: what is wrong is reported there, and not again for every function.
 */
export function withDefaults(root: unknown): unknown {
  if (!isMap(root) || !isMap(root.functions) || !isMap(root.defaults)) return root;
  const checked = defaultsSchema.safeParse(root.defaults);
  const wrong = new Set((checked.success ? [] : issuesOf(checked.error)).map((issue: Issue) => issue.path[0]));
  const forAll = Object.fromEntries(Object.entries(root.defaults).filter(([key]) => !wrong.has(key)));
  const { cache: _, ...forOthers } = forAll;
  const idempotent = flag();

  const functions = Object.entries(root.functions).map(([name, own]) => {
    if (!isMap(own)) return [name, own];
    // `defaults.cache` is an offer to those that may take it; a cache of its own is a claim, which the schema checks.
    const mayKeep = idempotent.safeParse(own.idempotent ?? forAll.idempotent).data === true;
    return [name, inherit(own, mayKeep ? forAll : forOthers)];
  });
  return { ...root, functions: Object.fromEntries(functions) };
}

function inherit(own: YamlMap, base: YamlMap): YamlMap {
  const merged: Record<string, unknown> = { ...base, ...own };
  for (const key of Object.keys(base)) {
    if (isMap(own[key]) && isMap(base[key])) merged[key] = inherit(own[key], base[key]);
  }
  return merged;
}
