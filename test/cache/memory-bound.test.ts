import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('a million distinct keys stay within the configured bytes and 20 % of them', async () => {
  const maxBytes = 32 * 2 ** 20;
  const args = ['--expose-gc', join(import.meta.dirname, 'fill-memory.ts'), String(maxBytes), '1000000'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { heldBytes, newestIsThere } = JSON.parse(stdout) as { heldBytes: number; newestIsThere: boolean };
  expect(newestIsThere).toBe(true);
  expect(heldBytes).toBeLessThanOrEqual(1.2 * maxBytes);
  // It is used, too: a store that kept nothing would pass the line above.
  expect(heldBytes).toBeGreaterThan(0.7 * maxBytes);
}, 120_000);
