import { randomFillSync } from 'node:crypto';

const poolBytes = 8 * 1024;

/**
 * Random bytes for ids, from a pool that is filled once for a thousand of them: a call of `crypto.randomBytes` costs 2 µs each time.
 * The bytes are read at once and not kept: they are a view of the pool. `count` is at most the pool's size.
 */
export function pooledRandomBytes(): (count: number) => Buffer {
  const pool = Buffer.allocUnsafe(poolBytes);
  let used = poolBytes;
  return (count) => {
    if (used + count > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    used += count;
    return pool.subarray(used - count, used);
  };
}
