import type { Dev } from '../dev/dev.ts';

/** How many calls are shown to try. */
const shown = 3;
/** A longer name pushes its own description aside, not everybody's. */
const widestColumn = 24;

/** What `runway dev` says to people when it serves. */
export function greeting({ url, adminUrl, served }: Omit<Dev, 'close'>): string {
  const width = Math.min(widestColumn, Math.max(0, ...served.map(({ name }) => name.length)));
  const host = new URL(url).host.replace('127.0.0.1', 'localhost');
  const calls = served.slice(0, shown).map(({ name, example }) => `curl -d ${quoted(JSON.stringify(example))} ${host}/run/${name}`);
  return [
    '',
    `  Runway serves ${counted(served.length)} on ${url}`,
    '',
    ...served.map(({ name, description }) => `    ${name.padEnd(width)}  ${firstLine(description)}`.trimEnd()),
    '',
    `  Console: ${adminUrl}/console`,
    `  Metrics: ${adminUrl}/metrics   Health: ${adminUrl}/readyz?verbose`,
    '',
    ...(calls.length > 0 ? ['  Try it:', '', ...calls, ''] : []),
    '',
  ].join('\n');
}

function counted(functions: number): string {
  if (functions === 0) return 'no function yet';
  return functions === 1 ? 'this function' : 'these functions';
}

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0]!;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
