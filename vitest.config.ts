import { defineConfig } from 'vitest/config';

/** unit: no server but loopback ones of its own; contract: one suite over every store; e2e: the program as its users meet it. */
const project = (name: string, include: string[], more: { exclude?: string[]; globalSetup?: string[] } = {}) => ({
  extends: true as const,
  test: { name, include, ...more },
});
/** Brings what these projects need of the machine: a Redis, programs. */
const provisioned = { globalSetup: ['./test/support/provision.ts'] };
/** Beside what it tests, but with a program that has to be brought. */
const needsPromtool = 'test/deploy/prometheus.test.ts';

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    projects: [
      project('unit', ['test/**/*.test.ts'], { exclude: ['test/contract/**', 'test/e2e/**', 'test/chaos/**', needsPromtool] }),
      project('contract', ['test/contract/**/*.test.ts', needsPromtool], provisioned),
      project('e2e', ['test/e2e/**/*.test.ts'], provisioned),
    ],
  },
});
