import { defineConfig } from 'vitest/config';

// One project per cost (the suffix of the file). Workspace packages resolve to their sources ("source" condition), so
// that a test never runs against yesterday's compiled files; processes under test run compiled, as in production.
const conditions = ['source', 'import', 'module', 'node', 'default'];
const resolve = { conditions };
// These are handed on to node as well, where "import" among them would give a require() ES modules (as in pg).
const ssrConditions = ['source', 'node'];
const ssr = { resolve: { conditions: ssrConditions, externalConditions: ssrConditions } };
const exclude = ['**/node_modules/**', '**/dist/**', 'infra/dist-*/**', '.flowplane*/**'];

/** What most integration tests wait for is a consumer group, a worker or a process: seconds, not minutes. */
const INT_TIMEOUT_MS = 60_000;
const PROCESS_TIMEOUT_MS = 300_000;
/**
 * Tests of killed processes race real timers (sessions, rebalances, restarts): one that failed is run once more, and
 * counts as failed only when it fails again. What is asserted about the log has no such tolerance: it is never timed.
 */
const PROCESS_RETRIES = 1;

export default defineConfig({
  resolve,
  ssr,
  test: {
    passWithNoTests: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.spec.ts'],
          exclude: [...exclude, '**/*.{int,replay,proc,e2e,external}.spec.ts'],
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: ['**/*.int.spec.ts'],
          exclude,
          testTimeout: INT_TIMEOUT_MS,
          hookTimeout: INT_TIMEOUT_MS,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'replay',
          include: ['**/*.replay.spec.ts'],
          exclude,
          testTimeout: INT_TIMEOUT_MS,
          hookTimeout: INT_TIMEOUT_MS,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'proc',
          include: ['**/*.proc.spec.ts'],
          exclude,
          retry: PROCESS_RETRIES,
          testTimeout: PROCESS_TIMEOUT_MS,
          hookTimeout: PROCESS_TIMEOUT_MS,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['**/*.e2e.spec.ts'],
          exclude,
          retry: PROCESS_RETRIES,
          testTimeout: PROCESS_TIMEOUT_MS,
          hookTimeout: PROCESS_TIMEOUT_MS,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          name: 'external',
          include: ['**/*.external.spec.ts'],
          exclude,
          testTimeout: PROCESS_TIMEOUT_MS,
          hookTimeout: PROCESS_TIMEOUT_MS,
          maxWorkers: 1,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
