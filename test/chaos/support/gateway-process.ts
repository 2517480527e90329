import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serving } from '../../support/runway.ts';

/** A function as it stands in the file, but for its URN; `at` is the endpoint that serves it. */
export interface ChaosFunction {
  readonly at: string;
  readonly [setting: string]: unknown;
}

export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  /** The sum of a metric's series with these labels; 0 when there is none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  residentBytes(): Promise<number>;
}

/**
 * `runway serve` with a file of its own, as operators run it.
 * @param upstream settings of every upstream
 */
export async function startGateway({
  functions,
  upstream = {},
}: {
  readonly functions: Readonly<Record<string, ChaosFunction>>;
  readonly upstream?: Readonly<Record<string, unknown>>;
}): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'runway-chaos-'));
  const file = join(folder, 'runway.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configuration(functions, upstream)));
  const served = await serving(['serve', '-c', file]);
  const metric: GatewayProcess['metric'] = async (name, labels = {}) => {
    const text = await (await fetch(`${served.ready.admin}/metrics`)).text();
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const series = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    const chosen = series.filter((line) => wanted.every((pair) => line.includes(pair)));
    return chosen.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  };
  return {
    url: String(served.ready.url),
    metric,
    residentBytes: () => metric('process_resident_memory_bytes'),
    async [Symbol.asyncDispose]() {
      await served.stop('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}

const region = 'cn-north-1';

/** An upstream for each endpoint there is: a URN finds its own by the project. */
function configuration(functions: Readonly<Record<string, ChaosFunction>>, upstream: Readonly<Record<string, unknown>>): unknown {
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
