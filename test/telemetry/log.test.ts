import { describe, expect, test } from 'vitest';
import { createLog } from '../../src/telemetry/log.ts';

function capture() {
  const lines: string[] = [];
  return { lines, to: { write: (line: string) => void lines.push(line) } };
}

function logged(fields: Record<string, unknown>): Record<string, unknown> {
  const { lines, to } = capture();
  createLog(to).warn(fields, 'said');
  return JSON.parse(lines[0]!);
}

describe('the log', () => {
  test('is one line of JSON for each message, with time, level and fields', () => {
    const { lines, to } = capture();
    const log = createLog(to);
    log.info({ function: 'hello' }, 'called');
    log.error({ attempts: 3 }, 'gave\nup');
    expect(lines.map((line) => line.endsWith('\n') && line.trimEnd().split('\n').length)).toEqual([1, 1]);
    const [first, second] = lines.map((line) => JSON.parse(line));
    expect(first).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), function: 'hello', msg: 'called' });
    expect(second).toMatchObject({ level: 'error', attempts: 3, msg: 'gave\nup' });
  });

  test('a secret never reaches it, under any of its names and at any depth', () => {
    const planted = 'planted-secret';
    const names = ['authorization', 'Authorization', 'X-Auth-Token', 'x-security-token', 'securityToken', 'security_token', 'password'];
    names.push('secretKey', 'secret_key', 'accessKey', 'token', 'apiKey', 'x-api-key', 'Cookie', 'set-cookie', 'event', 'body');
    for (const name of names) {
      for (const fields of [{ [name]: planted }, { request: { headers: { [name]: planted } } }, { list: [{ [name]: [planted] }] }]) {
        const { lines, to } = capture();
        createLog(to).info(fields, 'said');
        expect(lines.join(''), name).not.toContain(planted);
        expect(lines.join(''), name).toContain('[redacted]');
      }
    }
  });

  test('credentials in a URL never reach it, in an error neither', () => {
    const url = 'redis://user:planted-secret@cache.internal:6379';
    const failed = new Error(`cannot connect to ${url}`);
    const line = JSON.stringify(logged({ url, failed, where: new URL(url) }));
    expect(line).not.toContain('planted-secret');
    expect(line.match(/redis:\/\/\[redacted\]@cache\.internal/g)).toHaveLength(3);
  });

  test('of an error it has the stack and nothing that hangs on it', () => {
    const failed = Object.assign(new Error('refused'), { request: { headers: 'planted-secret' } });
    const line = logged({ failed });
    expect(line.failed).toContain('Error: refused\n    at ');
    expect(JSON.stringify(line)).not.toContain('planted-secret');
  });

  test('of an instance it has what the instance shows of itself, of bytes their number', () => {
    class Secret {
      readonly hidden = 'planted-secret';
      toString() {
        return '[secret]';
      }
    }
    expect(logged({ secret1: new Secret(), bytes: Buffer.from('planted-secret') })).toMatchObject({
      secret1: '[secret]',
      bytes: '[14 bytes]',
    });
  });

  test('what is nested too deep or in a circle is cut off', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(logged({ circle })).toMatchObject({ circle: { self: { self: { self: '[deeper]' } } } });
  });
});
