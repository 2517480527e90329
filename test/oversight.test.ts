import { expect, test } from 'vitest';
import { parseConfig } from '../src/config/load.ts';
import { openOversight } from '../src/oversight.ts';
import { refusal } from '../src/reply.ts';
import { createLog } from '../src/telemetry/log.ts';
import { callOf } from './support/calls.ts';
import { FakeClock } from './support/clock.ts';
import { newMetrics } from './support/metrics.ts';

const configOf = (functions: string) => {
  const text = `upstreams: { main: { region: cn-north-1, projectId: 7aad83af3e8d42e99ac194e8419e2c9b } }
admin: { token: correct-horse }
functions: { ${functions}: { urn: "urn:fss:cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b:function:default:x" } }\n`;
  const loaded = parseConfig(text, 'runway.yaml', {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
};

function open() {
  const lines: string[] = [];
  const clock = new FakeClock();
  const log = createLog({ write: (line: string) => void lines.push(line) });
  const oversight = openOversight({ config: configOf('old'), metrics: newMetrics(), log, clock, url: () => 'http://127.0.0.1:1' });
  return { ...oversight, oversight, clock, lines, [Symbol.asyncDispose]: () => oversight.close() };
}

test('another configuration is another generation: its functions are there, and the others are not', async () => {
  await using open_ = open();
  const { functions, console, clock, oversight } = open_;
  oversight.refused(['runway.yaml:1:1 functions: is wrong']);
  expect(console.configuration()).toMatchObject({ generation: 1, source: 'runway.yaml', refused: [expect.stringContaining('is wrong')] });
  await clock.advance(5_000);
  oversight.swapped(configOf('new'));
  expect(console.configuration()).toMatchObject({ generation: 2, refused: [], loadedAtMs: clock.epochMs() });
  expect([functions.find('old'), functions.find('new')?.name, functions.targets().length]).toEqual([undefined, 'new', 1]);
});

test('what is shown of the configuration has no key, no text of the file, and no secret that shows itself', async () => {
  await using open_ = open();
  const { settings } = open_.console.configuration();
  expect(Object.keys(settings)).not.toEqual(expect.arrayContaining(['keys']));
  expect(Object.keys(settings)).not.toEqual(expect.arrayContaining(['source']));
  expect(JSON.stringify(settings)).not.toContain('correct-horse');
});

test('failures are noted, results are not; what is done is logged without what it was done with, and a thousand guesses with one line', async () => {
  await using open_ = open();
  const { functions, console, onAnswered, lines } = open_;
  onAnswered('old', 'request-1', {
    reply: refusal({ code: 'overloaded', detail: 'no place' }),
    call: callOf(),
    consumer: 'anonymous',
    durationMs: 1,
  });
  expect(functions.failuresOf('old')).toMatchObject([{ requestId: 'request-1', code: 'overloaded' }]);
  console.onActed({ kind: 'breaker', function: 'old', state: 'open' }, { requestId: 'request-2', from: '127.0.0.1' });
  console.onEntry('wrong token', '10.0.0.7');
  console.onEntry('wrong token', '10.0.0.7');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'info', act: 'breaker', function: 'old', state: 'open', requestId: 'request-2', from: '127.0.0.1' },
    { level: 'warn', what: 'wrong token', from: '10.0.0.7' },
  ]);
});
