import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as plumbing from '@flowplane/plumbing/config';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it, test } from 'vitest';
import { repoRoot } from '../paths.js';
import { configurationPage, type Entries, type Groups } from './configuration-page.js';

const PAGE = join(repoRoot(), 'docs/configuration.md');

/** Where each process has its `ENTRIES`. */
const SPECS = {
  command: 'command-service/src/config.ts',
  projection: 'projection-service/src/config.ts',
  trigger: 'trigger-service/src/config.ts',
  monitor: 'monitor-service/src/config.ts',
  executor: 'worker/src/executor/config.ts',
  worker: 'worker/src/interpreter/config.ts',
  setup: 'worker/src/setup/config.ts',
  gateway: 'infra/stack/gateway/config.ts',
  compact: 'infra/compact/src/config.ts',
} as const;

const SOURCES = [
  ...['command-service/src', 'projection-service/src', 'trigger-service/src', 'monitor-service/src', 'worker/src'],
  ...['infra/plumbing/src', 'infra/runtime/src', 'infra/stack', 'infra/compact/src'],
];

/** What is read that is no setting of ours: of the system, of vitest, and between the parts of the launcher. */
const NOT_OURS: ReadonlySet<string> = new Set(['PATH', 'VITEST_POOL_ID', 'TEMPORAL_PORT']);

const read = (file: string): string => readFileSync(join(repoRoot(), file), 'utf8');
const load = async (file: string): Promise<Readonly<Record<string, Entries>>> =>
  (await import(/* @vite-ignore */ join(repoRoot(), file))) as Readonly<Record<string, Entries>>;
const namesOf = (...entries: readonly Entries[]) => entries.flatMap((one) => Object.values(one).map(({ env }) => env));

/** Sources of the processes, without their tests. */
function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(join(repoRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    const file = join(folder, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|dist.*|test|test-run|\..*)$/.test(entry.name) ? [] : sourcesBelow(file);
    return /(?<!\.spec|\.d)\.m?ts$|\.mjs$/.test(entry.name) ? [file] : [];
  });
}

const textOf = (comment: string): string => comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim();

/** The comment before each entry, by its variable, and before each setting of provisioning, by its member. */
function meaningsIn(sources: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const meanings = new Map<string, readonly string[]>();
  const add = (key: string, comment: string): void => {
    meanings.set(key, [...new Set([...(meanings.get(key) ?? []), textOf(comment)])]);
  };
  const comment = String.raw`\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*`;
  const entry = new RegExp(String.raw`${comment}\w+: [\w(<>\s]*'([A-Z][A-Z0-9_]+)'`, 'g');
  for (const file of sources) for (const [, text = '', name = ''] of read(file).matchAll(entry)) add(name, text);
  const roles = new RegExp(String.raw`${comment}roles: ROLES_ENTRY`).exec(read(SPECS.command))?.[1];
  add('FLOWS_COMMAND_ROLES', roles ?? '');
  const settings = read('contracts/src/templates/settings.ts').split('\n};')[0] ?? '';
  const member = new RegExp(String.raw`${comment}readonly (\w+):`, 'g');
  for (const [, text = '', name = ''] of settings.matchAll(member)) add(name, text);
  return meanings;
}

/** Variables that sources read by their names, without an entry. */
function readDirectly(sources: readonly string[]): readonly string[] {
  const names = sources.flatMap((file) =>
    [...read(file).matchAll(/\benv(?:\['([A-Z][A-Z0-9_]+)'\]|\.([A-Z][A-Z0-9_]+)\b)/g)].map(
      (match) => match[1] ?? match[2] ?? '',
    ),
  );
  const ports = [...read('infra/stack/src/cli/start-options.ts').matchAll(/^ {2}'?([a-z-]*port)'?: \d+,$/gm)];
  return [...names, ...ports.map(([, option = '']) => `FLOWPLANE_${option.replace('-', '_').toUpperCase()}`)].filter(
    (name) => !NOT_OURS.has(name),
  );
}

const sources = SOURCES.flatMap(sourcesBelow);
const meanings = meaningsIn(sources);

async function entriesByProcess(): Promise<Readonly<Record<string, Entries>>> {
  const specs = await Promise.all(
    Object.entries(SPECS).map(async ([name, file]) => [name, (await load(file))['ENTRIES'] as Entries] as const),
  );
  const logLevel = specs.find(([name]) => name === 'command')?.[1]['logLevel'] as Entries[string];
  // Every process reads the level of its log where it makes its logger.
  const all = Object.fromEntries(specs.map(([name, entries]) => [name, { ...entries, logLevel }]));
  // The decider's fault points are read where they are.
  const faultPoint = plumbing.optional(plumbing.list('FLOWS_FAULT_POINT'));
  const faultAfter = plumbing.integer('FLOWS_FAULT_AFTER', 1, { min: 1 });
  return { ...all, command: { ...all['command'], faultPoint, faultAfter } };
}

async function groups(): Promise<Groups> {
  const of = async (file: string, name: string) => (await load(file))[name] as Entries;
  const quotas = await of('infra/runtime/src/quotas/quota-config.ts', 'QUOTA_ENTRIES');
  const keys = await of('infra/runtime/src/secrets/master-keys.ts', 'MASTER_KEY_ENTRIES');
  const limits = await of('worker/src/shared/run-limits.ts', 'RUN_LIMIT_ENTRIES');
  const backends = await of('worker/src/tasks/backend-config.ts', 'TASK_BACKEND_ENTRIES');
  const page = configurationPage({}, [], meanings);
  const provisioning = [...page.matchAll(/^\| `(FLOWS_PROVISIONING_\w+)`/gm)].map(([, name = '']) => name);
  return [
    ['Log and databases', namesOf(plumbing.CONNECTION_ENTRIES)],
    [
      'Engine',
      [...namesOf(plumbing.TEMPORAL_ENTRIES), 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_TASK_QUEUE'],
    ],
    ['HTTP and callers', namesOf(plumbing.HTTP_ENTRIES, plumbing.ANSWER_ENTRIES)],
    ['Commands', namesOf(plumbing.COMMAND_LOG_ENTRIES, plumbing.INPUT_ENTRIES)],
    ['Secrets', namesOf(plumbing.SECRET_KEY_ENTRIES, keys)],
    ['Quotas', namesOf(quotas)],
    ['Runs', namesOf(limits)],
    ['What tasks call', namesOf(backends)],
    ['Templates', [...namesOf(plumbing.OPENSEARCH_ENTRIES, plumbing.PROVISIONING_ENTRIES), ...provisioning]],
    ['Faults for tests', ['FLOWS_FAULT_POINT', 'FLOWS_FAULT_AFTER', 'FLOWS_TEARDOWN_FAULT_POINT']],
  ];
}

const makePage = async (processes?: Readonly<Record<string, Entries>>): Promise<string> =>
  configurationPage(processes ?? (await entriesByProcess()), await groups(), meanings);

const named = (page: string): readonly string[] =>
  [...page.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, name = '']) => name);

/** Where a variable was added or changed: `npx vitest run --project unit infra/stack/src/checks/configuration-page -u`. */
test('docs/configuration.md is what the code says', async () => {
  const options = await resolveConfig(PAGE);
  const page = await format(await makePage(), { ...options, parser: 'markdown' });
  await expect(page).toMatchFileSnapshot(PAGE);
}, 120_000);

describe('docs/configuration.md', () => {
  it('names every variable once that a process reads, and no other', async () => {
    const entries = Object.values(await entriesByProcess());
    const direct = readDirectly(sources);
    expect(direct).toContain('FLOWPLANE_TEMPORAL_PORT');
    const { PROVISIONING_SETTINGS, settingVariable } = await import('@flowplane/contracts');
    const isRead = new Set([...namesOf(...entries), ...direct, ...PROVISIONING_SETTINGS.map(settingVariable)]);
    expect(isRead.size).toBeGreaterThan(150);
    expect([...named(read('docs/configuration.md'))].toSorted()).toEqual([...isRead].toSorted());
  });

  it('says what each means', async () => {
    const rows = (await makePage()).split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.filter((row) => / \|\s+\|$/.test(row))).toEqual([]);
  });

  it('names every variable that an entry anywhere in the code has', () => {
    const helpers =
      /\b(?:text|url|databaseUrl|list|origins|integer|durationMs|flag|oneOf|json|entry(?:<\w+>)?)\(\s*'([A-Z][A-Z0-9_]+)'/g;
    const found = sources.flatMap((file) => [...read(file).matchAll(helpers)].map(([, name = '']) => name));
    expect(found.length).toBeGreaterThan(140);
    expect(found.filter((name) => !named(read('docs/configuration.md')).includes(name))).toEqual([]);
  });

  it('would name one that is added, with its default, bounds and readers', async () => {
    const added = plumbing.durationMs('FLOWS_ADDED', 90_000, { min: 1000, max: 7_200_000 });
    const other = plumbing.durationMs('FLOWS_ADDED', 60_000, { min: 1000, max: 7_200_000 });
    const page = configurationPage(
      { one: { added }, two: { other } },
      [['Group', ['FLOWS_ADDED']]],
      new Map([['FLOWS_ADDED', ['It | is.']]]),
    );
    expect(page).toContain('| `FLOWS_ADDED` | one: `90s`; two: `1m` | time, 1s to 2h | one, two | It \\| is. |');
  });
});
