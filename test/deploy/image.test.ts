import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { readDockerfile } from './dockerfile.ts';

const root = new URL('../../', import.meta.url);
const instructions = readDockerfile(readFileSync(new URL('Dockerfile', root), 'utf8'));
const all = (name: string) => instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
const inLastStage = (name: string) => lastStage.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
const copied = all('COPY')
  .filter((rest) => !rest.startsWith('--from='))
  .flatMap((rest) => rest.split(/\s+/).slice(0, -1));

describe('the image', () => {
  test('every stage stands on one pinned Node, the one the project is tested with', () => {
    expect(new Set(all('FROM').map((rest) => rest.split(' ')[0]))).toEqual(new Set([`node:${manifest.devDependencies.node}-slim`]));
    expect(all('FROM')).toHaveLength(2);
  });

  test('holds what runs and nothing of the development, from the lock file', () => {
    const installs = all('RUN').filter((rest) => /\bnpm\b/.test(rest));
    expect(installs).toEqual([expect.stringMatching(/^npm ci .*--omit=dev/)]);
    expect(inLastStage('RUN')).toEqual([]);
  });

  test('leaves out no install script that what runs would need', () => {
    const scripted = Object.entries(lock.packages).filter(
      ([, entry]) => 'hasInstallScript' in entry && !('dev' in entry) && !('optional' in entry),
    );
    expect(scripted.map(([path]) => path)).toEqual([]);
  });

  test('runs as a user who is not root and owns none of the code', () => {
    expect(inLastStage('USER')).toEqual(['node']);
    expect(all('COPY').filter((rest) => rest.includes('--chown'))).toEqual([]);
    const user = lastStage.findIndex(({ name }) => name === 'USER');
    expect(lastStage.slice(user).some(({ name }) => name === 'COPY')).toBe(false);
  });

  test('starts the gateway in exec form, so that SIGTERM reaches it', () => {
    expect(inLastStage('CMD').map((rest) => JSON.parse(rest))).toEqual([['node', '--no-memory-reducer', 'src/main.ts', 'serve']]);
    expect(inLastStage('ENTRYPOINT')).toEqual([]);
    expect(inLastStage('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  test('asks /livez for its health with nothing but Node, in exec form', () => {
    const [check] = inLastStage('HEALTHCHECK');
    const [program, flag, script] = JSON.parse(check!.slice(check!.indexOf('CMD') + 3));
    expect([program, flag]).toEqual(['node', '-e']);
    expect(script).toContain('http://127.0.0.1:8080/livez');
    expect(() => new Function(script)).not.toThrow();
  });

  test('names both ports', () => {
    expect(inLastStage('EXPOSE')).toEqual(['8080 8081']);
  });

  test('copies only what is there and what .dockerignore, an allow-list, lets through', () => {
    const [first, ...allowed] = readFileSync(new URL('.dockerignore', root), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    expect(new Set(allowed)).toEqual(new Set(copied.map((path) => `!${path}`)));
    for (const path of copied) expect(existsSync(new URL(path, root)), path).toBe(true);
  });
});
