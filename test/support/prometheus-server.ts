import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { rulesFolder } from './prometheus-rules.ts';
import { freePort } from './redis-process.ts';
import { until } from './until.ts';

/** One series of an answer: its labels, and its values over time or the one it has now. */
export interface Answered {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

export interface Rule {
  readonly name: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
}

export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Debian's `prometheus`, which scrapes `targets` as the job "runway" each second and evaluates the rules that are shipped. */
export interface PrometheusServer extends AsyncDisposable {
  /** @throws Error what Prometheus says of an expression that it cannot evaluate */
  now(expr: string): Promise<readonly Answered[]>;
  /** The same for each second from then on until now. */
  since(epochSeconds: number, expr: string): Promise<readonly Answered[]>;
  rules(): Promise<readonly Rule[]>;
  /** Those that fire, and those that wait for their `for`. */
  alerts(): Promise<readonly ActiveAlert[]>;
  /** Resolves when all targets have been scraped after this moment. */
  scraped(): Promise<void>;
}

export async function startPrometheus(targets: readonly string[]): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'runway-prometheus-'));
  const port = await freePort();
  const file = join(folder, 'prometheus.yml');
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['recording.yml', 'alerts.yml'].map((name) => fileURLToPath(new URL(name, rulesFolder))),
    scrape_configs: [{ job_name: 'runway', static_configs: [{ targets }] }],
  };
  await writeFile(file, stringify(config));
  const listen = [`--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'];
  const child = spawn('prometheus', [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, ...listen], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const ended = once(child, 'exit');
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);

  const url = `http://127.0.0.1:${port}`;
  const api = async (path: string, fields: Record<string, string> = {}) => {
    const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(fields)}`);
    const told = (await answer.json()) as { status: string; error?: string; data: unknown };
    if (told.status !== 'success') throw new Error(`Prometheus: ${told.error}`);
    return told.data;
  };
  const query = async (path: string, fields: Record<string, string>) => answeredOf((await api(path, fields)) as QueryData);
  const now = (expr: string) => query('query', { query: expr });

  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    process.off('exit', killAtExit);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('Prometheus is ready', async () => child.exitCode !== null || (await fetch(`${url}/-/ready`)).ok);
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}: ${said}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    now,
    since: (epochSeconds, expr) =>
      query('query_range', { query: expr, start: String(epochSeconds), end: String(Date.now() / 1000), step: '1' }),
    async rules() {
      const { groups } = (await api('rules')) as { groups: { rules: Rule[] }[] };
      return groups.flatMap(({ rules }) => rules);
    },
    alerts: async () => ((await api('alerts')) as { alerts: ActiveAlert[] }).alerts,
    async scraped() {
      const from = Date.now() / 1000;
      // Of a selector alone it is the time of the scrape, of anything else that of the question.
      const after = `count(timestamp(up{job="runway"}) > ${from} and up{job="runway"} == 1) == ${targets.length}`;
      await until('the gateways are scraped', async () => (await now(after)).length === 1);
    },
    [Symbol.asyncDispose]: stop,
  };
}

type Point = readonly [epochSeconds: number, value: string];
type QueryData =
  | { readonly resultType: 'scalar'; readonly result: Point }
  | {
      readonly resultType: 'vector' | 'matrix';
      readonly result: readonly { metric: Record<string, string>; value?: Point; values?: readonly Point[] }[];
    };

function answeredOf(data: QueryData): Answered[] {
  if (data.resultType === 'scalar') return [{ metric: {}, values: [Number(data.result[1])] }];
  return data.result.map(({ metric, value, values }) => ({
    metric,
    values: (values ?? [value!]).map(([, text]) => Number(text.replace('Inf', 'Infinity'))),
  }));
}
