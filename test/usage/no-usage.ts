import type { UsageControl } from '../../src/admin/usage.ts';

const nothing = { complete: true, total: { requests: 0, kept: 0, executions: 0, gbSeconds: 0, wastedGbSeconds: 0 }, rows: [] };

/** Of a gateway that nobody has called, for tests of something else. */
export const noUsage: UsageControl = {
  today: () => '2026-11-03',
  usageOf: async (_consumer, { from, to }) => ({ from, to, ...nothing }),
  costs: async ({ from, to }) => ({ from, to, ...nothing }),
  limits: () => undefined,
};
