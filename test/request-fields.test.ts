import { expect, test } from 'vitest';
import { cameThroughRunway, waitOf } from '../src/request-fields.ts';

test.each<[string | undefined, ReturnType<typeof waitOf>]>([
  [undefined, undefined],
  ['respond-async', undefined],
  ['wait=10', 10_000],
  ['respond-async, WAIT = 5', 5_000],
  ['wait="3"', 3_000],
  ['wait=0', 0],
  ['wait=2; foo="bar"', 2_000],
  ['wait', 'unreadable'],
  ['wait=', 'unreadable'],
  ['wait=-1', 'unreadable'],
  ['wait=1.5', 'unreadable'],
  ['wait=soon', 'unreadable'],
  ['wait=9999999', 'unreadable'],
])('Prefer: %s waits %s ms', (prefer, expected) => expect(waitOf(prefer)).toBe(expected));

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ['1.1 runway', true],
  ['1.0 fred, 1.1 runway', true],
  ['HTTP/1.1 Runway (0.1.0)', true],
  ['1.1 runway, 1.1 p.example.net', true],
  ['1.1 runway.example.net', false],
  ['1.1 not-runway', false],
  ['runway', false],
])('Via: %s came through a Runway: %s', (via, expected) => expect(cameThroughRunway(via)).toBe(expected));
