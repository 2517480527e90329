import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { z } from 'zod';
import { kind } from './seen.ts';

const shown = '[secret]';

/** A value that does not print: not in a log, a message, JSON or a debugger's view. `reveal()` is the one way to it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}

export type SecretSchema = ReturnType<typeof secretIn>;

/**
 * A secret as text, or as `file:PATH` with the path seen from `folder`; one newline at the file's end is not part of it.
 * Its problems never show the value; `rule` says what the text may be.
 */
export function secretIn(folder: string, rule = 'text') {
  const error = (issue: { readonly input?: unknown }) =>
    `is ${issue.input === '' ? 'empty' : kind(issue.input)}, allowed is ${rule} in quotes, \${NAME} or file:PATH`;
  return z
    .string({ error })
    .min(1, { error })
    .transform((text, context) => {
      if (!text.startsWith('file:')) return new Secret(text);
      const path = text.slice('file:'.length);
      try {
        const content = readFileSync(resolve(folder, path), 'utf8').replace(/\r?\n$/, '');
        if (content !== '') return new Secret(content);
        context.addIssue({
          code: 'custom',
          message: `is in the file ${JSON.stringify(path)}, which is empty; allowed is a file with the secret in it`,
        });
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        context.addIssue({
          code: 'custom',
          message: `cannot be read from the file ${JSON.stringify(path)} (${code}), allowed is a readable file`,
        });
      }
      return z.NEVER;
    });
}
