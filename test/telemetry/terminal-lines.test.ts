import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createLog } from '../../src/telemetry/log.ts';
import { terminalLines } from '../../src/telemetry/terminal-lines.ts';

/** What a terminal gets, without the time, which is that of the machine. */
function shown(say: (log: ReturnType<typeof createLog>) => void, colours = false): string[] {
  const lines: string[] = [];
  say(createLog(terminalLines({ write: (line: string) => lines.push(line) }, { colours })));
  return lines.map((line) => {
    expect(stripVTControlCharacters(line)).toMatch(/^\d\d:\d\d:\d\d [^\n]+\n$/);
    return line.trimEnd().slice(line.indexOf(' ') + 1);
  });
}

const call = { requestId: 'r-1', traceId: 't', function: 'hello', consumer: 'anonymous', outcome: 'ok', status: 200, totalMs: 12.34 };

describe('on a terminal', () => {
  test('a line is short and plain, and has no secret', () => {
    const lines = shown((log) => log.warn({ dependency: 'redis', waitedMs: 50, password: 'planted-secret' }, 'Redis is away'));
    expect(lines).toEqual(['warn Redis is away dependency="redis" waitedMs=50 password="[redacted]"']);
  });

  test('calls stand in columns, with what is out of the ordinary behind', () => {
    const lines = shown((log) => {
      log.info({ ...call, attempts: 1, upstreamMs: 11.81 }, 'call');
      log.info({ ...call, totalMs: 0.4, attempts: 0, cache: 'hit', cacheTier: 'memory', sampled: 0.01 }, 'call');
      log.info({ ...call, function: 'primes', consumer: 'billing', attempts: 1, upstreamMs: 9, cache: 'miss', cacheTier: 'none' }, 'call');
      log.warn({ ...call, function: 'flaky', outcome: 'function_error', status: 500, attempts: 3, upstreamMs: 1_204 }, 'call');
      log.info({ ...call, function: '_unknown', outcome: 'refused', problem: 'unknown_function', status: 404, unsaid: 7 }, 'call');
      log.info({ ...call, function: 'a-name-that-is-long', totalMs: 0.2, replayed: true }, 'call');
    });
    expect(lines).toEqual([
      '200 hello                12.3 ms  upstream 11.8 ms  r-1',
      '200 hello                 0.4 ms  hit in memory  one of 100  r-1',
      '200 primes               12.3 ms  upstream 9.0 ms  miss  billing  r-1',
      '500 flaky                12.3 ms  function_error  upstream 1204.0 ms  3 attempts  r-1',
      '404 _unknown             12.3 ms  unknown_function  and 7 more  r-1',
      '200 a-name-that-is-long      0.2 ms  replayed  r-1',
    ]);
  });

  test('colours say nothing that is not there without them', () => {
    const say = (log: ReturnType<typeof createLog>) => {
      log.info({ ...call }, 'call');
      log.warn({ ...call, status: 503, outcome: 'refused', problem: 'overloaded' }, 'call');
      log.error({ fault: 'x' }, 'a fault of the gateway');
    };
    const coloured = shown(say, true);
    expect(coloured.every((line) => line.includes('\u001b['))).toBe(true);
    expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(shown(say));
  });

  test('nothing that somebody else wrote moves the cursor or turns the text around', () => {
    const [line] = shown((log) => log.warn({ message: 'a\u009b2Jb\u202ec\u001b[31m' }, 'FunctionGraph refused the credentials'));
    expect(line).toContain('message="a\\u009b2Jb\\u202ec\\u001b[31m"');
  });

  test('without colours there is no escape', () => {
    expect(shown((log) => log.error({ ...call, status: 500 }, 'call')).join('')).not.toContain('\u001b');
  });
});
