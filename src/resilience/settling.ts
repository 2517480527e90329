import { endedBy, type Policy } from '../call.ts';

/** Settles a probe when its call has ended, even if what is below does not: a probe that hangs would keep its circuit half-open. */
export const settling: Policy = (next) => (call, signal) => {
  if (signal.aborted) return Promise.resolve(endedBy(signal.reason, false));
  return new Promise((resolve, reject) => {
    // What is below knows best how far it came; it has this turn of the event loop to say so.
    const end = () => void setImmediate(() => resolve(endedBy(signal.reason, true)));
    signal.addEventListener('abort', end);
    next(call, signal)
      .finally(() => signal.removeEventListener('abort', end))
      .then(resolve, reject);
  });
};
