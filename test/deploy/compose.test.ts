import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command: readonly string[];
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
}

const root = new URL('../../', import.meta.url);
const read = (path: string) => parse(readFileSync(new URL(path, root), 'utf8'), { merge: true });
const services: Record<string, Service> = read('docker-compose.yml').services;
const { gateway, redis, emulator } = services as Record<'gateway' | 'redis' | 'emulator', Service>;
const config = read('deploy/runway.yaml');

test('the stack is the gateway, Redis, and the emulator as the upstream', () => {
  expect(new Set(Object.keys(services))).toEqual(new Set(['gateway', 'redis', 'emulator']));
});

describe.each(Object.entries(services))('%s', (_, service) => {
  test('has a pinned image', () => {
    expect(service.image).toMatch(/:\d+\.\d+\.\d+(-[a-z]+)?$/);
    if (service.build !== undefined) expect(service.image).toBe(`runway:${manifest.version}`);
  });

  test('has a health check in exec form', () => {
    expect(service.healthcheck.test[0]).toBe('CMD');
    const script = service.healthcheck.test[service.healthcheck.test.indexOf('-e') + 1]!;
    if (service.build !== undefined) expect(() => new Function(script)).not.toThrow();
  });

  test('can write to nothing, gain nothing and be reached from this machine only', () => {
    expect(service.read_only).toBe(true);
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
});
