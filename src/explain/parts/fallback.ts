import type { Situation } from '../situation.ts';
import { at, type WantedPart } from '../wanted.ts';
import { count } from '../words.ts';

/** What is answered when nothing else can be. Its body is not shown. */
export function fallbackPart({ target: { name, fallback } }: Situation): WantedPart {
  const path = ['functions', name, 'fallback'];
  if (fallback === undefined) return { part: 'fallback', says: '', settings: [at(path, null, 'none')] };
  const settings = [
    at([...path, 'status'], fallback.status, `status ${fallback.status}`),
    at([...path, 'body'], { bytes: fallback.body.length }, `a body of ${count(fallback.body.length, 'byte')}`),
  ];
  return { part: 'fallback', says: 'answered when the circuit is open or the upstream fails, and nothing is kept', settings };
}
