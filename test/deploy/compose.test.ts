import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { hashOf, isApiKey } from '../../src/consumers/api-key.ts';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command: readonly string[];
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
}

const root = new URL('../../', import.meta.url);
const read = (path: string) => parse(readFileSync(new URL(path, root), 'utf8'), { merge: true });
const services: Record<string, Service> = read('docker-compose.yml').services;
const { gateway, redis, emulator, load, prometheus, grafana } = services as Record<
  'gateway' | 'redis' | 'emulator' | 'load' | 'prometheus' | 'grafana',
  Service
>;
const config = read('deploy/runway.yaml');
const [datasource] = read('deploy/grafana/provisioning/datasources/prometheus.yaml').datasources;
const [provider] = read('deploy/grafana/provisioning/dashboards/runway.yaml').providers;

test('the stack is the gateway, Redis, the emulator as the upstream, a load, and what shows it', () => {
  expect(new Set(Object.keys(services))).toEqual(new Set(['gateway', 'redis', 'emulator', 'load', 'prometheus', 'grafana']));
});

describe.each(Object.entries(services))('%s', (_, service) => {
  test('has a pinned image', () => {
    expect(service.image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z]+)?$/);
    if (service.build !== undefined) expect(service.image).toBe(`runway:${manifest.version}`);
  });

  test('has a health check in exec form', () => {
    expect(service.healthcheck.test[0]).toBe('CMD');
    const script = service.healthcheck.test[service.healthcheck.test.indexOf('-e') + 1]!;
    if (service.build !== undefined) expect(() => new Function(script)).not.toThrow();
  });

  test('can write to nothing that lasts, gain nothing and be reached from this machine only', () => {
    expect(service.read_only).toBe(true);
    for (const mount of service.tmpfs ?? []) expect(mount).toMatch(/:size=\d+m/);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test('mounts only files that are there, to be read', () => {
    for (const volume of service.volumes ?? []) {
      const [from, , mode] = volume.split(':');
      expect(existsSync(new URL(from!, root)), volume).toBe(true);
      expect(mode).toBe('ro');
    }
  });
});

describe('the parts fit together', () => {
  test('the gateway starts when the others are healthy', () => {
    expect(gateway.depends_on).toEqual({ emulator: { condition: 'service_healthy' }, redis: { condition: 'service_healthy' } });
  });

  test('the gateway serves the mounted file, on the ports that are published', () => {
    expect(gateway.volumes).toEqual([`./deploy/runway.yaml:${gateway.command.at(-1)}:ro`]);
    expect(config.listen.host).toBe('0.0.0.0');
    expect(config.admin.host).toBe('0.0.0.0');
    expect(gateway.ports).toEqual([config.listen.port, config.admin.port].map((port) => `127.0.0.1:${port}:${port}`));
  });

  test('the file finds the emulator and Redis where they listen', () => {
    const option = (name: string) => emulator.command[emulator.command.indexOf(name) + 1];
    expect(Object.values<{ endpoint: string }>(config.upstreams).map(({ endpoint }) => endpoint)).toEqual([
      `http://emulator:${option('--port')}`,
    ]);
    expect(option('--host')).toBe('0.0.0.0');
    expect(config.redis.url).toBe('redis://redis:6379');
    expect(redis.command[0]).toBe('redis-server');
  });

  test('the gateway signs with what the emulator checks, taken from the environment or made up', () => {
    const option = (name: string) => emulator.command[emulator.command.indexOf(name) + 1];
    const { HUAWEICLOUD_SDK_AK: accessKey, HUAWEICLOUD_SDK_SK: secretKey } = gateway.environment!;
    expect([option('--access-key'), option('--secret-key')]).toEqual([accessKey, secretKey]);
    expect(accessKey).toMatch(/^\$\{HUAWEICLOUD_SDK_AK:-EXAMPLE\w+\}$/);
    expect(secretKey).toMatch(/^\$\{HUAWEICLOUD_SDK_SK:-example-[\w-]+\}$/);
    expect(config.upstreams.emulator.credentials.accessKey).toMatch(/^\$\{HUAWEICLOUD_SDK_AK\}$/);
    expect(config.upstreams.emulator.credentials.secretKey).toMatch(/^\$\{HUAWEICLOUD_SDK_SK\}$/);
  });

  test('Redis is bounded and drops the least used, and needs no root', () => {
    expect(redis.command.join(' ')).toContain('--maxmemory 256mb --maxmemory-policy volatile-ttl');
    expect(redis.user).toBe('redis');
  });

  test('the load calls the gateway, with keys whose hashes the file has, from the mounted script', () => {
    const [, script, ...options] = load.command;
    expect(load.volumes).toEqual([`./${script}:/app/${script}:ro`]);
    expect(options.slice(0, 2)).toEqual(['--url', `http://gateway:${config.listen.port}`]);
    const keys = readFileSync(new URL(script!, root), 'utf8').match(/rw_[a-z]+_\w{33}/g)!;
    const hashes = JSON.stringify(config.consumers);
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      expect(isApiKey(key)).toBe(true);
      expect(hashes).toContain(`sha256:${hashOf(key)}`);
    }
    expect(config.anonymous).toBe('allow');
  });

  test('Prometheus scrapes the admin port, as often as Grafana thinks it does', () => {
    const { global, scrape_configs: jobs } = read('deploy/prometheus/prometheus.yml');
    expect(jobs).toMatchObject([{ job_name: 'runway', static_configs: [{ targets: [`gateway:${config.admin.port}`] }] }]);
    expect(prometheus.volumes).toEqual(['./deploy/prometheus:/etc/prometheus:ro']);
    expect(datasource.jsonData.timeInterval).toBe(global.scrape_interval);
  });

  test('Grafana shows the dashboards, of that Prometheus, to whoever is on this machine', () => {
    expect(datasource).toMatchObject({ uid: 'runway-prometheus', type: 'prometheus', url: 'http://prometheus:9090', isDefault: true });
    expect(prometheus.ports).toEqual(['127.0.0.1:9090:9090']);
    const mounted = new Map(grafana.volumes!.map((volume) => volume.split(':').slice(0, 2).reverse() as [string, string]));
    expect(mounted.get(provider.options.path)).toBe('./deploy/grafana/dashboards');
    for (const kind of ['datasources', 'dashboards'])
      expect(mounted.get(`/etc/grafana/provisioning/${kind}`)).toBe(`./deploy/grafana/provisioning/${kind}`);
    expect(grafana.environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
      GF_AUTH_BASIC_ENABLED: 'false',
    });
    const home = grafana.environment!.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH!;
    expect(existsSync(new URL(home.replace(provider.options.path, mounted.get(provider.options.path)!), root))).toBe(true);
    expect(grafana.ports).toEqual(['127.0.0.1:3000:3000']);
  });

  test('deploy/stack.sh runs Redis, the emulator and Prometheus with the same options', () => {
    const script = readFileSync(new URL('deploy/stack.sh', root), 'utf8')
      .replaceAll('\\\n', ' ')
      .replaceAll(/[ '"]+/g, ' ');
    const faults = emulator.command.slice(emulator.command.indexOf('--fault')).join(' ');
    expect(script).toContain(faults);
    expect(script).toContain(redis.command.slice(1, 5).join(' '));
    for (const option of ['--storage.tsdb.retention.time=35d', '--enable-feature=exemplar-storage']) {
      expect(prometheus.command).toContain(option);
      expect(script).toContain(option);
    }
  });
});
