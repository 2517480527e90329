import type { ExplainControl } from '../../src/admin/explain.ts';

/** Of a gateway without functions, for tests of something else. */
export const noExplanation: ExplainControl = { explain: async () => undefined };
