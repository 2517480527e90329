import type { z } from 'zod';
import { withoutKeys } from './without-keys.ts';

/** What is wrong with a configuration file, and where. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1, as editors count. */
  readonly line: number;
  readonly column: number;
  /** The key, such as `functions.hello.retry.on[0]`; empty where it is no matter of a key. */
  readonly path: string;
  /** What is wrong, what is allowed. Never the value of a secret. */
  readonly message: string;
}

/** `FILE:LINE:COLUMN path: what is wrong, what is allowed` */
export function formatProblem({ file, line, column, path, message }: ConfigProblem): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
}

export type Path = readonly (string | number)[];

/** A problem before its position was looked up. */
export interface Issue {
  readonly path: Path;
  /** Whether the key itself is wrong, or what stands behind it. */
  readonly at: 'key' | 'value';
  /** `valueSeen` in it stands for `value`. */
  readonly message: string;
  readonly value?: unknown;
}

/** A name with a dot in it is quoted: `functions["img.resize"].urn`. */
export function formatPath(path: Path): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return /^[A-Za-z0-9_-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return withoutKeys(steps.join('').replace(/^\./, ''));
}

/** zod's issues, made with `reportInput`, as ours: one for each unknown key, so that each has a position of its own. */
export function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], at: 'key', message: issue.message }));
    if (issue.code === 'invalid_key') return [{ path, at: 'key', message: issue.issues[0]!.message }];
    return [{ path, at: 'value', message: issue.message, value: issue.input }];
  });
}
