import type { Clock, Outcome, Policy } from '../call.ts';
import { endedBy } from '../call.ts';
import { CallSignal } from '../signal.ts';

/**
 * Ends a call when its time is up or its caller has left, whichever comes first, and settles it even if what is below does not.
 * What is below gets a signal of its own, made by hand: `AbortSignal.any` for each request leaks under load (nodejs/node#54614).
 */
export function withDeadline(clock: Clock): Policy {
  return (next) => (call, signal) => {
    const leftMs = call.deadlineAtMs - clock.nowMs();
    if (signal.aborted) return Promise.resolve(endedBy(signal.reason, false));
    if (leftMs <= 0) return Promise.resolve<Outcome>({ kind: 'timeout', sent: false });

    return new Promise((resolve, reject) => {
      const own = new CallSignal();
      const end = (reason: unknown) => {
        own.abort(reason);
        // What is below knows best how far it came; it has this turn of the event loop to say so.
        setImmediate(() => settle(endedBy(reason, true)));
      };
      const leave = () => end(signal.reason);
      const timer = setTimeout(end, leftMs, 'deadline');
      signal.addEventListener('abort', leave);
      const release = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
      };
      const settle = (outcome: Outcome) => {
        release();
        resolve(outcome);
      };
      next(call, own).then(settle, (fault: unknown) => {
        release();
        reject(fault);
      });
    });
  };
}
