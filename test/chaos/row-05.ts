import { none, type Row } from './row.ts';
import { duplicates } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller } from './support/load.ts';
import { openUpstream } from './support/upstream.ts';

/** Half of the connections are cut after the request was read, fresh ones and reused ones: whether it ran, nobody knows. */
export const row05: Row = {
  number: 5,
  async measure() {
    await using upstream = await openUpstream();
    await upstream.behave('work', { kind: 'cut', cutsPer100: 50 });
    await using gateway = await startGateway({
      // The circuit stays closed: here it could only hide a repeat.
      functions: { work: { at: upstream.endpoint, idempotent: false, breaker: { minimumRequests: 1_000_000 } } },
    });
    await using caller = new Caller(gateway.url);

    const samples = await caller.drive('work', { callers: 20, calls: 20_000, forMs: 45_000 });
    const { executions } = await upstream.report();
    const cut = executions.filter(({ ending }) => ending === 'cut').length;
    const unanswered = samples.filter(({ status }) => status === 0).length;
    return [
      none('a call cut after it was sent does not run twice', cut, duplicates(executions)),
      none('every caller has an answer', samples.length, unanswered),
    ];
  },
};
