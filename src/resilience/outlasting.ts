import { CallSignal, type Signal } from '../signal.ts';

/** A signal of work that does not end when its caller leaves, for others will ask for it. `release` when it is over. */
export interface Outlasting {
  readonly signal: Signal;
  release(): void;
}

/** Ends with `ending`, which is the gateway's own end, and with everything of the caller's signal but its leaving. */
export function outlasting(signal: Signal, ending: Signal): Outlasting {
  const own = new CallSignal();
  const end = () => own.abort('shutting_down');
  const follow = () => {
    if (signal.reason !== 'caller_left') own.abort(signal.reason);
  };
  if (ending.aborted) end();
  if (signal.aborted) follow();
  ending.addEventListener('abort', end);
  signal.addEventListener('abort', follow);
  return {
    signal: own,
    release() {
      ending.removeEventListener('abort', end);
      signal.removeEventListener('abort', follow);
    },
  };
}
