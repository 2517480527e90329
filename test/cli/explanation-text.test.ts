import { describe, expect, test } from 'vitest';
import { explanationText } from '../../src/cli/explanation-text.ts';
import type { Explanation, Origin, Setting } from '../../src/explain/explanation.ts';

const setting = (says: string, from: Origin): Setting => ({ key: 'key', value: 1, says, from });
const at = (line: number, key: string, variables?: string[]): Origin => ({
  file: 'runway.yaml',
  line,
  key,
  ...(variables && { variables }),
});

const explanation: Explanation = {
  function: 'hello',
  consumer: 'billing',
  asked: 'gateway',
  config: { file: 'runway.yaml', generated: false, changed: false },
  verdict: { kind: 'sent', says: 'would be sent' },
  parts: [
    { part: 'event', says: '2 bytes', settings: [] },
    {
      part: 'limit',
      name: 'burst',
      says: '1 used',
      settings: [setting('100 requests', at(30, 'consumers.billing.limits[0].requests')), setting('enforced', 'default')],
    },
    {
      part: 'retry',
      says: '',
      settings: [
        setting('3 attempts', at(12, 'defaults.retry.attempts')),
        setting('on 429, 500', at(12, 'defaults.retry.on')),
        setting('up to 2s', at(13, 'defaults.retry.backoff.max', ['MAX'])),
      ],
    },
  ],
};

const lines = (over: Partial<Explanation> = {}) => explanationText({ ...explanation, ...over }).split('\n');

describe('an explanation for people', () => {
  test('is the verdict, and aligned lines with where each setting stands; settings of one line share one', () => {
    expect(lines()).toEqual([
      'A call of hello by billing would be sent.',
      '',
      'event        2 bytes',
      'limit burst  1 used',
      '             100 requests             runway.yaml:30 (consumers.billing.limits[0].requests)',
      '             enforced                 default',
      'retry        3 attempts, on 429, 500  runway.yaml:12 (defaults.retry)',
      `             up to 2s                 runway.yaml:13 (defaults.retry.backoff.max, \${MAX})`,
      '',
    ]);
  });

  test('gives settings of one line a line of their own where one would be too long, and lets a long one push its origin aside', () => {
    const long = 'x'.repeat(60);
    const settings = [setting(long, 'default'), setting(long, 'default'), setting('y'.repeat(80), 'emulator')];
    expect(lines({ parts: [{ part: 'function', says: '', settings }] }).slice(2)).toEqual([
      `function  ${long}  default`,
      `          ${long}  default`,
      `          ${'y'.repeat(80)}  emulator`,
      '',
    ]);
  });

  test('names no key for settings that have nothing in common, and no line where there is none', () => {
    const settings = [
      setting('a', { file: 'folder', key: 'functions.hello.urn' }),
      setting('b', { file: 'folder', key: 'defaults.timeout' }),
    ];
    expect(lines({ parts: [{ part: 'function', says: '', settings }] })[2]).toBe('function  a, b  folder');
  });

  test('says what it does not know, and which lines not to trust', () => {
    const config = { file: 'runway.yaml', generated: true, changed: true };
    expect(lines({ asked: 'file', config }).slice(-5)).toEqual([
      '',
      expect.stringContaining('No gateway was asked'),
      expect.stringContaining('made of a folder'),
      expect.stringContaining('runway.yaml has changed since'),
      '',
    ]);
  });
});
