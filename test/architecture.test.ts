import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/** What every room may use: words and time, nothing that does anything. */
const vocabulary = [
  'call',
  'consumer',
  'urn',
  'name',
  'upstream',
  'span',
  'signal',
  'end-of-turn',
  'begin-in-turn',
  'under-way',
  'clock',
  'problem',
  'version',
  'packed',
  'bounded-map',
  'field-value',
  'log-tail',
  'remote',
];

/** Who may import whom, beside the vocabulary and its own room. A room is a folder of `src`, or a file beside them. */
const mayImport: Record<string, string[]> = {
  main: ['cli'],
  cli: ['advice', 'config', 'consumers', 'dev', 'emulator', 'explain', 'serve', 'telemetry'],
  dev: ['config', 'emulator', 'serve', 'telemetry'],
  serve: [
    'advice',
    'quota',
    'usage',
    'controls',
    'engine',
    'oversight',
    'idempotency',
    'http',
    'admin',
    'gateway',
    'health',
    'redis',
    'cache',
    'config',
    'resilience',
    'telemetry',
  ],
  controls: ['admin', 'cache', 'engine', 'quota', 'telemetry', 'usage'],
  engine: [
    'admission',
    'advice',
    'billing',
    'expiries',
    'consumers',
    'quota',
    'usage',
    'explain',
    'gateway',
    'idempotency',
    'health',
    'cache',
    'catalog',
    'config',
    'functiongraph',
    'resilience',
    'telemetry',
  ],
  admin: ['advice', 'event', 'explain', 'http', 'health', 'telemetry'],
  http: ['gateway', 'accept', 'event-media', 'reply', 'quota', 'health', 'telemetry'],
  gateway: [
    'accept',
    'admission',
    'conditional',
    'consumers',
    'quota',
    'reply',
    'replay',
    'cache',
    'catalog',
    'idempotency',
    'resilience',
    'telemetry',
  ],
  telemetry: ['reply'],
  // Looks at what the path of a call would ask, and asks nothing.
  explain: ['accept', 'cache', 'config', 'consumers', 'event-media', 'quota', 'resilience'],
  admission: ['quota'],
  billing: ['quota', 'telemetry', 'usage'],
  oversight: ['admin', 'config', 'engine', 'failure', 'telemetry'],
  failure: ['gateway', 'reply', 'telemetry'],
  conditional: ['reply'],
  replay: ['reply', 'idempotency'],
  accept: ['event', 'request-fields'],
  'event-media': ['accept'],
  emulator: ['functiongraph'],
};

/** A driver is known to one file, or to one kind of room. */
const drivers: Record<string, RegExp> = {
  opossum: /^resilience\/breaker\.ts$/,
  'prom-client': /^telemetry\/process-metrics\.ts$/,
  pino: /^telemetry\/log(-output)?\.ts$/,
  undici: /^functiongraph\/transport\.ts$/,
  jose: /^consumers\/jwt\.ts$/,
  ioredis: /^redis\/client\.ts$/,
  'lru-cache': /^bounded-map\.ts$/,
  'js-yaml': /^config\/yaml\.ts$/,
  yaml: /^(config\/positions|emulator\/settings)\.ts$/,
  '@opentelemetry/api': /^telemetry\/(open-tracing|spans)\.ts$/,
  '@opentelemetry/exporter-trace-otlp-proto': /^telemetry\/open-tracing\.ts$/,
  '@opentelemetry/resources': /^telemetry\/open-tracing\.ts$/,
  '@opentelemetry/sdk-trace': /^telemetry\/open-tracing\.ts$/,
  hono: /^(http|admin|emulator)\//,
  '@hono/node-server': /^(http|emulator)\//,
  commander: /^cli\//,
  marked: /^admin\/runbook\/page\.ts$/,
};

const root = join(import.meta.dirname, '../src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const source = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const imports = (file: string) =>
  [...source.get(file)!.matchAll(/(?:from |import |import\()'([^']+)'/g)].map(([, specifier]) => specifier!);
const local = (file: string) => imports(file).flatMap((to) => (to.startsWith('.') ? [relative(root, join(root, dirname(file), to))] : []));
const room = (file: string) => file.split('/')[0]!.replace(/\.ts$/, '');

describe('the house', () => {
  test('a room imports only the rooms below it', () => {
    const wrong = files.flatMap((from) =>
      local(from)
        .filter((to) => to.endsWith('.ts') && room(to) !== room(from))
        .filter((to) => !vocabulary.includes(room(to)) && !mayImport[room(from)]?.includes(room(to)))
        .map((to) => `${from} → ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test('no file imports itself by a detour', () => {
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file) || !source.has(file)) return;
      for (const next of local(file)) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test('a driver is known to one place', () => {
    const wrong = files.flatMap((file) =>
      imports(file).flatMap((name) => (drivers[name]?.test(file) === false ? [`${file} → ${name}`] : [])),
    );
    expect(wrong).toEqual([]);
  });

  test('the environment is read by the configuration alone', () => {
    const readers = files.filter((file) => /process\.env/.test(source.get(file)!) && room(file) !== 'config');
    expect(readers).toEqual([]);
  });

  test('main.ts is the only program', () => {
    expect(files.filter((file) => source.get(file)!.startsWith('#!'))).toEqual(['main.ts']);
  });
});

/** A lamp, no law: long files are named, so that somebody looks whether they are two things. */
for (const [file, text] of source) {
  const lines = text.split('\n').length;
  if (lines > 250) console.warn(`src/${file} has ${lines} lines`);
}
