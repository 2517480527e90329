import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { metricsReference } from '../support/metrics-reference.ts';

describe('docs/metrics.md', () => {
  test('has every metric of the registry, as it is there', () => {
    const { file, content } = metricsReference();
    expect(readFileSync(file, 'utf8'), 'run `npm run schema` to make it anew').toBe(content);
  });
});
