import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { longestWaitMs } from '../begin-in-turn.ts';

/** How the gateway itself is doing. */
export interface Load {
  /** How long a turn of the event loop took, on average since the last look. */
  readonly loopDelayMs: number;
  /** The longest that a call waited for its turn to begin since the last look. */
  readonly entryDelayMs: number;
  /** Of the heap V8 may grow to, 0 to 1. */
  readonly heapUsedRatio: number;
}

/**
 * Time busy ÷ turns of the loop. `monitorEventLoopDelay` would miss what matters here: its histogram drops the first value after each
 * reset, and when a turn takes as long as the time between two looks that is the only one.
 */
export function processLoad(): () => Load {
  let { busyMs, turns } = loopSoFar();
  return () => {
    const before = { busyMs, turns };
    ({ busyMs, turns } = loopSoFar());
    const heap = getHeapStatistics();
    return {
      loopDelayMs: (busyMs - before.busyMs) / Math.max(1, turns - before.turns),
      entryDelayMs: longestWaitMs(),
      heapUsedRatio: heap.used_heap_size / heap.heap_size_limit,
    };
  };
}

function loopSoFar(): { busyMs: number; turns: number } {
  return { busyMs: performance.eventLoopUtilization().active, turns: performance.nodeTiming.uvMetricsInfo.loopCount };
}
