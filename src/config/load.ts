import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Config, configOf } from './config.ts';
import { consumerIssues } from './consumer-issues.ts';
import { withDefaults } from './defaults.ts';
import { type Environment, fillAll } from './environment.ts';
import { placeIssues } from './places.ts';
import { Positions } from './positions.ts';
import { type ConfigProblem, formatPath, type Issue, issuesOf } from './problem.ts';
import { type ConfigFile, fileSchema } from './schema.ts';
import { seen, valueSeen } from './seen.ts';
import { Source } from './source.ts';
import { readYaml } from './yaml.ts';

export type LoadResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads and checks a configuration file. Every problem at once, in the order of the file. Never throws for what the file holds. */
export function loadConfig(file: string, environment: Environment = process.env): LoadResult {
  const unreadable = (why: string): LoadResult => {
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message: why }] };
  };
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const hint = code === 'ENOENT' ? '; name one with -c FILE or $RUNWAY_CONFIG' : '';
    return unreadable(`cannot be read (${code}), allowed is a YAML file${hint}`);
  }
  if (!isUtf8(bytes)) return unreadable('is not UTF-8, allowed is a YAML file');
  // TextDecoder also drops a byte order mark.
  return parseConfig(new TextDecoder().decode(bytes), file, environment);
}

/**
 * The same for text at hand; `file` names it in problems, and what it says of other files is seen from its folder.
 *
 * @param generated the text was made of a folder
 */
export function parseConfig(text: string, file: string, environment: Environment, generated = false): LoadResult {
  const read = readYaml(text);
  if (!read.ok) return { ok: false, problems: problemsOfBadYaml(text, file, environment, read) };
  const checked = check(read.root, dirname(file), environment);
  if (checked.ok) return { ok: true, config: configOf(checked.file, new Source({ text, file, environment, generated })) };
  return { ok: false, problems: inOrder(located(checked.issues, new Positions(text), file)) };
}

type Checked = { readonly ok: true; readonly file: ConfigFile } | { readonly ok: false; readonly issues: readonly Issue[] };

function check(root: unknown, folder: string, environment: Environment): Checked {
  const unset = fillAll(root, environment);
  const complete = withDefaults(root);
  const parsed = fileSchema(folder).safeParse(complete, { reportInput: true });
  const issues = [...unset, ...(parsed.success ? [] : issuesOf(parsed.error)), ...placeIssues(complete), ...consumerIssues(complete)];
  if (parsed.success && issues.length === 0) return { ok: true, file: parsed.data };
  // Of each value the first: what follows from it says nothing new.
  const first = new Map<string, Issue>();
  for (const issue of issues) {
    const key = `${issue.at} ${formatPath(issue.path)}`;
    if (!first.has(key)) first.set(key, issue);
  }
  return { ok: false, issues: [...first.values()] };
}

/** Of a file that is not YAML the rest is guesswork; one in which only keys are refused is checked on. */
function problemsOfBadYaml(
  text: string,
  file: string,
  environment: Environment,
  refused: { line: number; column: number; reason: string },
): ConfigProblem[] {
  const positions = new Positions(text);
  const syntax = positions.syntax.map(({ line, column, reason }) => ({ file, line, column, path: '', message: notYaml(reason) }));
  if (syntax.length > 0) return inOrder(syntax);

  const tolerant = readYaml(text, 'lenient');
  if (!tolerant.ok || positions.refusedKeys.length === 0) {
    return [{ file, line: refused.line, column: refused.column, path: '', message: notYaml(refused.reason) }];
  }
  const refusedKeys = positions.refusedKeys.map((key) => ({ ...key, file, path: formatPath(key.path) }));
  const checked = check(tolerant.root, dirname(file), environment);
  return inOrder([...refusedKeys, ...(checked.ok ? [] : located(checked.issues, positions, file))]);
}

function notYaml(reason: string): string {
  return `is not YAML (${reason}), allowed is YAML 1.2`;
}

function located(issues: readonly Issue[], positions: Positions, file: string): ConfigProblem[] {
  return issues.map((issue) => {
    const { line, column, written } = positions.locate(issue);
    const message = issue.message.replace(valueSeen, () => seen(issue.value, written));
    return { file, line, column, path: formatPath(issue.path), message };
  });
}

function inOrder(problems: ConfigProblem[]): ConfigProblem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column || (a.path < b.path ? -1 : 1));
}
