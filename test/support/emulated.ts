import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Served, serving } from './runway.ts';

const site = 'cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b';
export const credentials = { HUAWEICLOUD_SDK_AK: 'EXAMPLEACCESSKEY', HUAWEICLOUD_SDK_SK: 'example-secret-key' };

/** What the emulator has run, over all functions. */
export interface BooksTotal {
  readonly mbMs: number;
  readonly ms: number;
  readonly invocations: number;
}

interface EmulatedSettings {
  readonly redis: string;
  readonly endpoint: string;
  readonly more: string;
  readonly cache: string;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly adminPort: number;
  readonly token: string;
}

/** An emulator with the example functions, and gateways in front of it as a platform team would serve them. */
export interface Emulated extends AsyncDisposable {
  readonly emulator: Served;
  /**
   * `more` is YAML at the top of the file; `cache` that of `hello`; ports are free ones; `env` adds to the environment. Files of one `name` share
   * their keys in Redis.
   */
  serve(name: string, settings?: Partial<EmulatedSettings>): Promise<{ gateway: Served; url: string; admin: string; file: string }>;
  books(): Promise<BooksTotal>;
}

export async function startEmulated(): Promise<Emulated> {
  const folder = mkdtempSync(join(tmpdir(), 'runway-e2e-'));
  const signed = ['--access-key', credentials.HUAWEICLOUD_SDK_AK, '--secret-key', credentials.HUAWEICLOUD_SDK_SK];
  const emulator = await serving(['emulator', '--port', '0', '--json', ...signed]);
  const fn = (name: string, rest = '') => `  ${name}: { urn: "urn:fss:${site}:function:default:${name}"${rest} }\n`;
  return {
    emulator,
    async serve(name, settings = {}) {
      const { redis = '', endpoint = String(emulator.ready.url), more = '', cache = '{ ttl: 60s }', env = {} } = settings;
      const { port = 0, adminPort = 0, token } = settings;
      const file = join(folder, `${name}.yaml`);
      writeFileSync(
        file,
        `listen: { host: 127.0.0.1, port: ${port} }
admin: { host: 127.0.0.1, port: ${adminPort}${token === undefined ? '' : `, token: ${token}`} }
upstreams:
  main:
    region: cn-north-1
    projectId: 7aad83af3e8d42e99ac194e8419e2c9b
    endpoint: ${endpoint}
    credentials: { accessKey: "\${HUAWEICLOUD_SDK_AK}", secretKey: "\${HUAWEICLOUD_SDK_SK}" }
${redis === '' ? '' : `redis: { url: "${redis}", keyPrefix: "${name}:" }\n`}${more}defaults: { timeout: 10s }
functions:
${fn('hello', `, idempotent: true, cache: ${cache}`)}${fn('primes')}${fn('flaky')}${fn('slow')}  endless: { urn: "urn:fss:${site}:function:default:slow", timeout: 90s }
${fn('image')}`,
      );
      const gateway = await serving(['serve', '-c', file], { env: { ...credentials, ...env } });
      return { gateway, url: String(gateway.ready.url), admin: String(gateway.ready.admin), file };
    },
    books: () => booksOf(String(emulator.ready.url)),
    async [Symbol.asyncDispose]() {
      await emulator.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What an emulator has run so far. */
export async function booksOf(emulatorUrl: string): Promise<BooksTotal> {
  const report = (await (await fetch(`${emulatorUrl}/_emulator/books`)).json()) as {
    functions: Record<string, { billedMbMs: number; billedMs: number; invocations: number }>;
  };
  const accounts = Object.values(report.functions);
  return {
    mbMs: accounts.reduce((sum, { billedMbMs }) => sum + billedMbMs, 0),
    ms: accounts.reduce((sum, { billedMs }) => sum + billedMs, 0),
    invocations: accounts.reduce((sum, { invocations }) => sum + invocations, 0),
  };
}

export function call(url: string, name: string, event: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/run/${name}`, {
    method: 'POST',
    body: JSON.stringify(event),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** Over all series of a metric that `/metrics` has; `label` as it is written there. */
export async function sumOf(admin: string, metric: string, label = ''): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  const values = text.split('\n').filter((line) => line.startsWith(`${metric}{`) && line.includes(label));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
