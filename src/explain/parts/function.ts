import { formatDuration } from '../../config/units.ts';
import type { Situation } from '../situation.ts';
import { at, ofFunction, type WantedPart } from '../wanted.ts';

/** What the name stands for. */
export function functionPart({ target: { name, urn, idempotent, timeoutMs } }: Situation): WantedPart {
  const twice = idempotent ? 'idempotent: it may run twice, and its result be kept' : 'not idempotent';
  const settings = [
    at(['functions', name, 'urn'], urn, urn),
    ofFunction(name, 'timeout', timeoutMs, `${formatDuration(timeoutMs)} for the whole call`),
    ofFunction(name, 'idempotent', idempotent, twice),
  ];
  return { part: 'function', says: '', settings };
}
