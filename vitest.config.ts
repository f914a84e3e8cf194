import { defineConfig } from 'vitest/config';

// One project per cost (the suffix of the file). Workspace packages resolve to their sources ("source" condition), so
// that a test never runs against yesterday's compiled files; processes under test run compiled, as in production.
const conditions = ['source', 'import', 'module', 'node', 'default'];
const resolve = { conditions };
// These are handed on to node as well, where "import" among them would give a require() ES modules (as in pg).
const ssrConditions = ['source', 'node'];
const ssr = { resolve: { conditions: ssrConditions, externalConditions: ssrConditions } };
const exclude = ['**/node_modules/**', '**/dist/**', '.flowplane*/**'];

/** What most integration tests wait for is a consumer group, a worker or a process: seconds, not minutes. */
const INT_TIMEOUT_MS = 120_000;
const PROCESS_TIMEOUT_MS = 300_000;
/**
 * Files that run at the same time, each with its own services, topics, databases and namespace. Two is a careful choice
 * for two cores, not a measured one.
 */
const AT_A_TIME = 2;
/** Tests that measure, or load the machine so much that others would miss their deadlines: one file at a time. */
const ALONE = [
  'infra/bench/**/*.proc.spec.ts',
  'infra/e2e/fuzz.e2e.spec.ts',
  'infra/e2e/hostile-tenant.proc.spec.ts',
  'infra/plumbing/src/kafka/group-member.int.spec.ts',
  'worker/src/interpreter/**/expression-abuse.int.spec.ts',
];

const timeouts = (ms: number) => ({ testTimeout: ms, hookTimeout: ms });

export default defineConfig({
  resolve,
  ssr,
  test: {
    passWithNoTests: true,
    exclude,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.spec.ts'],
          exclude: ['**/*.{int,replay,proc,e2e,external}.spec.ts'],
          // Pure: they share their modules, which loading anew for each file takes longer than all the tests.
          isolate: false,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: ['**/*.int.spec.ts'],
          exclude: ALONE,
          ...timeouts(INT_TIMEOUT_MS),
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'replay',
          include: ['**/*.replay.spec.ts'],
          ...timeouts(INT_TIMEOUT_MS),
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'proc',
          include: ['**/*.proc.spec.ts'],
          exclude: ALONE,
          ...timeouts(PROCESS_TIMEOUT_MS),
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['**/*.e2e.spec.ts'],
          exclude: ALONE,
          ...timeouts(PROCESS_TIMEOUT_MS),
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          ...timeouts(PROCESS_TIMEOUT_MS),
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'external',
          include: ['**/*.external.spec.ts'],
          ...timeouts(PROCESS_TIMEOUT_MS),
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        // Writes files, and tests nothing.
        test: { name: 'record', include: ['**/*.record.ts'], maxWorkers: 1, sequence: { groupOrder: 5 } },
      },
    ],
  },
});
