import type { AdviceControl } from '../../src/admin/advice.ts';

/** Of a gateway without functions, for tests of something else. */
export const noAdvice: AdviceControl = { adviceFor: async () => ({ since: '2026-11-03T00:00:00.000Z', executions: 0, functions: [] }) };
