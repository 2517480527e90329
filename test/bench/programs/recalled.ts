import type { Runway } from './runway.ts';

export interface Recalled {
  /** Kept results from the tier that was asked about. */
  readonly hits: number;
  /** From the other tier, computed, waited for, or anything else. */
  readonly others: number;
}

/** How Runway came to its answers, as it says itself: that what was measured is what was meant. */
export async function recalledBy({ adminPort }: Pick<Runway, 'adminPort'>, tier: 'memory' | 'redis'): Promise<Recalled> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const found = { hits: 0, others: 0 };
  for (const [, labels, value] of text.matchAll(/^runway_cache_requests_total\{(.*)\} (\d+)$/gm)) {
    const kept = labels!.includes('result="hit"') && labels!.includes(`tier="${tier}"`);
    found[kept ? 'hits' : 'others'] += Number(value);
  }
  return found;
}
