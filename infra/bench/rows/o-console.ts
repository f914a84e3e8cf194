import { partitionOf } from '@flowplane/contracts';
import { makePool } from '@flowplane/plumbing/postgres';
import { ensureConsole, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { callExpecting, makeApiClient, type ApiClient } from '../load/api-client.js';
import { appendListedRows, approvalsFlow, executionIdOf, startOf, type ListedRows } from '../load/console-rows.js';
import { FRAMES_A_NODE, largeFlow, offerFrames } from '../load/large-run.js';
import { measureLists, type ListLatency } from '../load/list-reads.js';
import { appendMany, openLog, type LogAccess } from '../load/log-access.js';
import { publishMeasuredFlow } from '../load/published-flow.js';
import { commandRecord, type BenchTenant } from '../load/run-commands.js';
import { openRunPages, RUN_VIEWS, type PageLoad, type PageUse, type RunPages, type RunView } from '../load/run-page.js';
import type { Figure } from '../report/figure.js';
import { repeat, type Row, type RowContext, type RowOutcome } from './row.js';

const TENANT = 'bench-o';
const SERVICES = ['command-service', 'projection-service', 'monitor-service', 'gateway'] as const;
const FRAMES_A_SECOND = 200;
const READABLE_WITHIN_MS = 120_000;

type Size = { readonly rows: ListedRows; readonly reads: number; readonly nodes: number };
type Repetition = {
  readonly runs: ListLatency;
  readonly approvals: ListLatency;
  /** Of a run whose frames are all there. */
  readonly loaded: Readonly<Record<RunView, PageLoad>>;
  /** While frames come. */
  readonly used: Readonly<Record<RunView, PageUse>>;
};
/** What the services and the log of one measurement hold. */
type World = { readonly services: IsolatedServices; readonly log: LogAccess; readonly api: ApiClient };

/** What people look at: lists of a large workspace, and the page of a large run. */
export const rowO: Row = {
  id: 'o',
  title: 'lists of 10,000 runs and 10,000 approvals; the page of a run of 1,000 nodes while 200 frames/s come',
  expectedSeconds: 300,
  measure: async (context) => {
    const size: Size = context.isQuick
      ? { rows: { runs: 100, openRuns: 10, approvals: 50 }, reads: 2, nodes: 50 }
      : { rows: { runs: 10_000, openRuns: 1_000, approvals: 10_000 }, reads: 40, nodes: 1_000 };
    await ensureConsole(context.progress.say);
    const services = await context.system.startServices({
      only: SERVICES,
      env: { FLOWS_CONSOLE_TENANT: TENANT },
    });
    const log = await openLog(services.env);
    const api = makeApiClient(services.url, { tenantId: TENANT });
    const pages = await openRunPages();
    try {
      const world = { services, log, api };
      await filled(context, world, size.rows);
      await publishMeasuredFlow(api, largeFlow(size.nodes), 'large');
      return outcome(await repeat(context, 'lists and pages', () => measured(context, world, pages, size)), size);
    } finally {
      await pages.close();
      await log.close();
      api.close();
      await services.close();
    }
  },
};

const tenantOf = (flowId: string, { partitions }: LogAccess): BenchTenant => ({
  ...{ tenantId: TENANT, workspaceId: `w-${TENANT}`, flowId },
  partition: partitionOf(TENANT, partitions),
});

async function filled({ progress }: RowContext, { api, log, services }: World, rows: ListedRows): Promise<void> {
  await publishMeasuredFlow(api, approvalsFlow(rows));
  await progress.step('filling the workspace', 20, async () => {
    await appendListedRows(log, tenantOf('measured', log), rows);
    await waitUntil('all approvals', async () => (await itemCount(api, '/approvals')) === rows.approvals, {
      timeoutMs: READABLE_WITHIN_MS,
      everyMs: 1_000,
    });
    const runs = await itemCount(api, '/executions');
    // As the database does by itself within a minute or two.
    const pool = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 1, applicationName: 'bench' });
    await pool.query('ANALYZE');
    await pool.end();
    if (runs !== rows.runs) throw new Error(`${runs} runs are listed instead of ${rows.runs}`);
  });
}

/** How many items all pages of a list have. */
async function itemCount(api: ApiClient, path: string): Promise<number> {
  let count = 0;
  for (let after = ''; ;) {
    const { body } = await callExpecting(api, 200, 'GET', `${path}?page[size]=200${after}`);
    const { items, nextPageToken } = body as {
      readonly items: readonly unknown[];
      readonly nextPageToken: string | null;
    };
    count += items.length;
    if (nextPageToken === null) return count;
    after = `&page[after]=${encodeURIComponent(nextPageToken)}`;
  }
}

async function measured({ progress }: RowContext, world: World, pages: RunPages, size: Size): Promise<Repetition> {
  const { runs, approvals } = await progress.step('reading lists', 15, () => measureLists(world.api, size.reads));
  const nodeIds = largeFlow(size.nodes).nodes.map(({ id }) => id);
  const seconds = (nodeIds.length * FRAMES_A_NODE) / FRAMES_A_SECOND;
  const used: Partial<Record<RunView, PageUse>> = {};
  let executionId = '';
  for (const view of RUN_VIEWS) {
    executionId = await startedRun(world);
    const producer = world.log.producer('runs');
    const to = { producer, partitions: world.log.partitions };
    const offer = (): Promise<void> =>
      offerFrames(to, tenantOf('large', world.log), { executionId, nodeIds, perSecond: FRAMES_A_SECOND });
    try {
      used[view] = await progress.step(`frames while the ${view} is shown`, seconds + 4, () =>
        pages.use(pageUrl(world, executionId), view, nodeIds.at(-1) ?? '', offer),
      );
    } finally {
      await producer.close();
    }
  }
  const loaded: Partial<Record<RunView, PageLoad>> = {};
  for (const view of RUN_VIEWS) loaded[view] = await pages.load(pageUrl(world, executionId), view);
  return {
    ...{ runs, approvals },
    used: used as Record<RunView, PageUse>,
    loaded: loaded as Record<RunView, PageLoad>,
  };
}

const pageUrl = ({ services }: World, executionId: string): string =>
  `${services.url}/ui/w/w-${TENANT}/runs/${encodeURIComponent(executionId)}`;

/** A run of the large flow that the log says has begun; no engine knows of it. */
async function startedRun({ log, api }: World): Promise<string> {
  const tenant = tenantOf('large', log);
  const executionId = executionIdOf(tenant);
  const commands = log.producer('commands');
  await appendMany(
    commands,
    startOf(tenant, { executionId, index: 0 }).map((command) => commandRecord(tenant, command)),
  );
  await commands.close();
  const path = `/flows/large/executions/${encodeURIComponent(executionId)}`;
  const isRunning = async (): Promise<boolean> => (await api.call('GET', path)).body['status'] === 'Running';
  await waitUntil('the run', isRunning, { timeoutMs: READABLE_WITHIN_MS, everyMs: 50 });
  return executionId;
}

function outcome(repetitions: readonly Repetition[], size: Size): RowOutcome {
  const figure = (name: string, unit: string, of: (one: Repetition) => number, atMost: number | null): Figure => ({
    ...{ row: 'o', name, unit },
    aim: atMost === null ? null : { of: 'ours', is: 'at most', value: atMost },
    samples: repetitions.map((one) => ({ ours: of(one), baseline: null })),
  });
  return {
    figures: [
      figure('GET executions, p50', 'ms', ({ runs }) => runs.all.p50, null),
      figure('GET executions, p95', 'ms', ({ runs }) => runs.all.p95, 100),
      figure('GET executions, p95 with the slowest filters', 'ms', ({ runs }) => runs.slowest.p95, 100),
      figure('GET approvals, p50', 'ms', ({ approvals }) => approvals.all.p50, null),
      figure('GET approvals, p95', 'ms', ({ approvals }) => approvals.all.p95, 100),
      figure('GET approvals, p95 with the slowest filters', 'ms', ({ approvals }) => approvals.slowest.p95, 100),
      figure('run page: first contentful paint', 'ms', ({ loaded }) => loaded.graph.firstPaintMs, 1_500),
      ...RUN_VIEWS.flatMap((view) => [
        figure(`${view}: drawn`, 'ms', ({ loaded }) => loaded[view].drawnMs, null),
        figure(`${view}: longest task on load`, 'ms', ({ loaded }) => loaded[view].longestTaskMs, 200),
        figure(`${view}: longest task while frames come`, 'ms', ({ used }) => used[view].longestTaskMs, 200),
        figure(`${view}: most CPU of a task on load`, 'ms', ({ loaded }) => loaded[view].mainThread.mostCpuMs, null),
        figure(
          `${view}: most CPU of a task while frames come`,
          'ms',
          ({ used }) => used[view].mainThread.mostCpuMs,
          null,
        ),
        figure(`${view}: last frame in the log → shown`, 'ms', ({ used }) => used[view].behindMs, null),
      ]),
    ],
    bounds: [
      'Browser, services, Kafka and Postgres share the cores of one machine.',
      ...repetitions
        .slice(0, 1)
        .flatMap(({ loaded, used }) =>
          RUN_VIEWS.flatMap((view) => [
            `${view}, longest task on load: ${inWords(loaded[view].mainThread.inLongestTask)}.`,
            `${view}, longest task while frames come: ${inWords(used[view].mainThread.inLongestTask)}.`,
          ]),
        ),
    ],
    details: { size, repetitions },
  };
}

const inWords = (kinds: Readonly<Record<string, number>>): string =>
  Object.entries(kinds)
    .toSorted(([, one], [, other]) => other - one)
    .map(([kind, ms]) => `${kind} ${ms} ms`)
    .join(', ');
