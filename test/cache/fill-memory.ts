import { MemoryStore } from '../../src/cache/memory.ts';
import { systemClock } from '../../src/clock.ts';

// node --expose-gc test/cache/fill-memory.ts BOUND_BYTES KEYS: fills a store with small and larger results, and prints what it then holds.
const [maxBytes, keys] = process.argv.slice(2).map(Number) as [number, number];

/** What is alive: the heap, and the bytes outside of it. */
function aliveBytes(): number {
  globalThis.gc!();
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const store = new MemoryStore({ maxBytes, clock: systemClock });
const beforeBytes = aliveBytes();
for (let i = 0; i < keys; i++) {
  const nowMs = Date.now();
  await store.set(`result:2:hello:{${String(i).padStart(43, 'k')}}`, {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`{"n":"${'x'.repeat((i * 37) % 2_000)}"}`),
    storedAtMs: nowMs,
    freshUntilMs: nowMs + 3_600_000,
    keptUntilMs: nowMs + 3_600_000,
    mayBeStale: true,
    tookMs: 5,
    billedMbMs: 12_800,
  });
}
const heldBytes = aliveBytes() - beforeBytes;
const newest = await store.get(`result:2:hello:{${String(keys - 1).padStart(43, 'k')}}`);
console.log(JSON.stringify({ heldBytes, newestIsThere: newest !== undefined }));
