import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serving } from '../../support/runway.ts';

/** A function as it stands in the file, but for its URN; `at` is the endpoint that serves it. */
export interface ChaosFunction {
  readonly at: string;
  readonly [setting: string]: unknown;
}

export interface ChaosFile {
  readonly functions: Readonly<Record<string, ChaosFunction>>;
  /** Settings of every upstream. */
  readonly upstream?: Readonly<Record<string, unknown>>;
  /** Further sections as they stand in the file, `redis` for one. */
  readonly [section: string]: unknown;
}

export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  /** The sum of a metric's series with these labels; 0 when there is none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  residentBytes(): Promise<number>;
  /** Without the room that V8 has made for itself and does not use: it makes some 20 MB of it at a time, and no leak of ours. */
  usedBytes(): Promise<number>;
  /** `SIGKILL`: it has no time for anything. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** `runway serve` with a file of its own, as operators run it. */
export async function startGateway({ functions, upstream = {}, ...sections }: ChaosFile): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'runway-chaos-'));
  const file = join(folder, 'runway.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ ...configuration(functions, upstream), ...sections }));
  const served = await serving(['serve', '-c', file]);
  const endWithUs = () => {
    served.process.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', endWithUs);
  const scrape = async () => {
    const text = await (await fetch(`${served.ready.admin}/metrics`)).text();
    return (name: string, labels: Readonly<Record<string, string>> = {}) => sumOf(text, name, labels);
  };
  const metric: GatewayProcess['metric'] = async (name, labels) => (await scrape())(name, labels);
  const kill = async () => void (await served.stop('SIGKILL'));
  return {
    url: String(served.ready.url),
    metric,
    residentBytes: () => metric('process_resident_memory_bytes'),
    async usedBytes() {
      const now = await scrape();
      return now('process_resident_memory_bytes') - now('nodejs_heap_size_total_bytes') + now('nodejs_heap_size_used_bytes');
    },
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      process.off('exit', endWithUs);
      rmSync(folder, { recursive: true });
    },
  };
}

function sumOf(exposition: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const series = exposition.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const chosen = series.filter((line) => wanted.every((pair) => line.includes(pair)));
  return chosen.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

const region = 'cn-north-1';

/** An upstream for each endpoint there is: a URN finds its own by the project. */
function configuration(functions: ChaosFile['functions'], upstream: Readonly<Record<string, unknown>>) {
  const endpoints = [...new Set(Object.values(functions).map(({ at }) => at))];
  const projectId = (endpoint: string) => String(endpoints.indexOf(endpoint) + 1).padStart(32, '0');
  return {
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    upstreams: Object.fromEntries(
      endpoints.map((endpoint, index) => [`upstream-${index + 1}`, { region, projectId: projectId(endpoint), endpoint, ...upstream }]),
    ),
    functions: Object.fromEntries(
      Object.entries(functions).map(([name, { at, ...settings }]) => [
        name,
        { urn: `urn:fss:${region}:${projectId(at)}:function:default:${name}:latest`, ...settings },
      ]),
    ),
  };
}
