import type { Issue } from './problem.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `$${`, which stands for a plain `${`; `${NAME}`; `${NAME:-default}`; and a `${` that is none of them. */
const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;
const onlyReferences = /^(?:\$\{[^}]*\})+$/;

/** The names of the variables that a scalar is made from. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(reference)].flatMap(([, name]) => name ?? []);
}

type Filled = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** One scalar with its variables filled in. As in a shell, `:-` also stands in for a variable that is empty. */
export function fill(text: string, environment: Environment): Filled {
  let message: string | undefined;
  const filled = text.replace(reference, (found, name: string | undefined, fallback: string | undefined) => {
    if (found === '$${') return '${';
    if (name === undefined) {
      message ??= `has a \${ that begins no variable, allowed is \${NAME}, \${NAME:-default}, or $\${ for a plain \${`;
      return '';
    }
    // An own property: `${constructor}` is a variable that is not set.
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (fallback !== undefined) return value || fallback;
    if (value === undefined)
      message ??= `wants the environment variable ${name}, which is not set; allowed is to set it, or \${${name}:-default}`;
    return value ?? '';
  });
  return message === undefined ? { ok: true, text: filled } : { ok: false, message };
}

/** Whether a scalar is nothing but variables, all of them empty: then it is as if its key were absent. */
export function isEmptied(written: string, environment: Environment): boolean {
  if (!onlyReferences.test(written)) return false;
  const filled = fill(written, environment);
  return filled.ok && filled.text === '';
}

/**
 * Fills the variables in every scalar under `root`, in place. It works on parsed values, not on the file's text, so that no
 * variable can bring in YAML. A scalar of nothing but variables that comes out empty is as if its key were absent.
 */
export function fillAll(root: unknown, environment: Environment): Issue[] {
  const issues: Issue[] = [];
  // What an alias repeats is the same object: it is filled once, and a circle ends.
  const visited = new Set<object>();

  const path: (string | number)[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || visited.has(node)) return;
    visited.add(node);
    const container = node as Record<string | number, unknown>;
    for (const key of Array.isArray(node) ? node.keys() : Object.keys(node)) {
      path.push(key);
      const value = container[key];
      if (typeof value !== 'string') visit(value);
      else if (value.includes('${')) {
        const filled = fill(value, environment);
        if (!filled.ok) issues.push({ path: [...path], at: 'value', message: filled.message });
        else if (filled.text === '' && onlyReferences.test(value)) delete container[key];
        else container[key] = filled.text;
      }
      path.pop();
    }
  };
  visit(root);
  return issues;
}
