import { expect, test } from 'vitest';
import { type Verdict, verdictOf } from '../../src/resilience/verdict.ts';
import { outcomes } from '../support/calls.ts';

test.each<[keyof typeof outcomes, Verdict]>([
  ['ok', 'success'],
  ['functionError', 'answered'],
  ['throttled', 'nothing'],
  ['disabled', 'answered'],
  ['serviceError', 'failure'],
  ['badGateway', 'failure'],
  ['unavailable', 'failure'],
  ['noSuchFunction', 'answered'],
  ['rejected', 'answered'],
  ['garbage', 'failure'],
  ['notSent', 'failure'],
  ['reset', 'failure'],
  ['timeout', 'failure'],
  ['abandoned', 'nothing'],
  ['refused', 'nothing'],
])('%s says of the upstream: %s', (name, verdict) => {
  expect(verdictOf(outcomes[name])).toBe(verdict);
});
