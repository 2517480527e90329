import { parse } from 'yaml';
import { z } from 'zod';

/** The memory sizes FunctionGraph sells, MB. Source: "Configuring Dynamic Memory". */
export const memorySizesMb = [128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 8192, 10240];

const entryPoint = z.string({ error: 'FILE.FUNCTION, such as "index.handler"' }).regex(/^[\w/-]+\.\w+$/, {
  error: 'FILE.FUNCTION, such as "index.handler"',
});

const schema = z.strictObject({
  description: z.string({ error: 'a text of at most 512 characters' }).max(512, { error: 'a text of at most 512 characters' }).default(''),
  /** An event worth sending, shown to whoever wants to try the function. */
  example: z.json({ error: 'an event' }).default({}),
  handler: entryPoint.default('index.handler'),
  /** Runs once in each new instance, before its first call. */
  initializer: entryPoint.optional(),
  initializerTimeout: seconds(300).default(30),
  memorySize: z
    .number({ error: `one of ${memorySizesMb.join(', ')}` })
    .refine((mb) => memorySizesMb.includes(mb), { error: `one of ${memorySizesMb.join(', ')}` })
    .default(128),
  /** FunctionGraph's own default. */
  timeout: seconds(900).default(3),
  package: z.string({ error: 'a package name' }).default('default'),
  userData: z.record(z.string(), z.string({ error: 'a text' }), { error: 'names with a text each' }).default({}),
  /** Published versions beside `latest`; here they all run the folder's code. */
  versions: z
    .array(z.string({ error: 'a version such as "v1"' }), { error: 'a list of versions, such as [ v1, v2 ]' })
    .max(19, { error: 'at most 19 versions beside latest' })
    .default([]),
  /** Alias to version. */
  aliases: z.record(z.string(), z.string({ error: 'a version' }), { error: 'names with a version each' }).default({}),
  /** Executions at once, above which calls are refused; 0 disables the function. */
  concurrency: z
    .int({ error: 'a whole number from 0 (disabled) to 1000' })
    .min(0, { error: 'a whole number from 0 (disabled) to 1000' })
    .max(1000, { error: 'a whole number from 0 (disabled) to 1000' })
    .optional(),
});

function seconds(max: number) {
  const error = `whole seconds, 1 to ${max}`;
  return z.int({ error }).min(1, { error }).max(max, { error });
}

export type FunctionSettings = z.infer<typeof schema>;

export type SettingsResult =
  | { readonly ok: true; readonly settings: FunctionSettings }
  /** One line for each thing that is wrong. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the text of a `function.yaml`. An empty text is a function with all defaults. */
export function parseSettings(text: string): SettingsResult {
  let raw: unknown;
  try {
    raw = parse(text) ?? {};
  } catch (error) {
    return { ok: false, problems: [`is not YAML: ${String(error).split('\n')[0]}`] };
  }
  const read = schema.safeParse(raw);
  if (!read.success) return { ok: false, problems: read.error.issues.flatMap((issue) => describe(issue, raw)) };
  const problems = danglingAliases(read.data);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings: read.data };
}

function describe(issue: z.core.$ZodIssue, raw: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${key}: is not a key, allowed are ${Object.keys(schema.shape).join(', ')}`);
  }
  if (issue.path.length === 0) return [`is ${JSON.stringify(raw)}, allowed is a mapping of keys to values`];
  const seen = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], raw);
  return [`${issue.path.join('.')}: is ${JSON.stringify(seen)}, allowed is ${issue.message}`];
}

function danglingAliases(settings: FunctionSettings): string[] {
  const versions = ['latest', ...settings.versions];
  return Object.entries(settings.aliases)
    .filter(([, version]) => !versions.includes(version))
    .map(([alias, version]) => `aliases.${alias}: is ${JSON.stringify(version)}, allowed is one of ${versions.join(', ')}`);
}
