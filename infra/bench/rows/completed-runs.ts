import { setTimeout as sleep } from 'node:timers/promises';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import type { IsolatedServices } from '@flowplane/stack';
import {
  connectBaseline,
  startBaselineWorker,
  type EngineBaseline,
  type HandWrittenWorkflow,
} from '../baseline/engine-baseline.js';
import { WORKER_SETTINGS } from '../baseline/worker-settings.js';
import { callExpecting, makeApiClient, type ApiClient } from '../load/api-client.js';
import { ASYNC, publishMeasuredFlow, type MeasuredFlow } from '../load/published-flow.js';
import { cpuBetween, readCpu, type CpuGroup, type CpuReading } from '../measure/process-cpu.js';
import type { Figure } from '../report/figure.js';
import { coresOf, describeShares } from '../report/shares.js';
import { ENGINE_POSTGRES } from '../system/bench-system.js';
import { repeat, type Row, type RowContext } from './row.js';
import { countRuns } from './run-counts.js';

/** Runs under way at a time, on both sides. */
const IN_FLIGHT = 100;
const SETTLE_MS = 1000;
/** How long is looked at what the groups take when nothing runs. */
const IDLE_MS = 5000;
const HISTORY_SAMPLES = 10;
const GIVE_UP_MS = 300_000;

/**
 * One side of one repetition. CPU in seconds per run, by group, beyond what the group takes when nothing runs; `worker`
 * is the process that runs the activities.
 */
type Side = {
  readonly runsPerSecond: number;
  readonly historyEvents: number;
  readonly cpuPerRun: CpuReading;
  readonly idleCores: CpuReading;
  readonly cores: CpuReading;
};
type Repetition = { readonly ours: Side; readonly byHand: Side };

type Setting = {
  readonly context: RowContext;
  readonly services: IsolatedServices;
  readonly baseline: EngineBaseline;
  readonly api: ApiClient;
  readonly pool: Pool;
  readonly startPath: string;
  readonly workflow: HandWrittenWorkflow;
};

/** What a row of completed runs measures: a flow, and the workflow that a person writes for the same work. */
export type CompletedRuns = {
  readonly id: string;
  readonly title: string;
  readonly flow: MeasuredFlow;
  readonly workflow: HandWrittenWorkflow;
  /** Least ratio of completed runs a second. */
  readonly leastRatio: number;
  /** Most of what the engine may work, and of events in a history, as a ratio; null: shown without an aim. */
  readonly mostRatio: number | null;
};

/** Whole runs, against a workflow written by hand for the same engine, activities and worker settings. */
export const completedRuns = (measured: CompletedRuns): Row => ({
  id: measured.id,
  title: measured.title,
  expectedSeconds: 420,
  measure: async (context) => {
    const services = await context.system.startServices();
    const address = services.endpoints.temporalAddress;
    const place = { address, namespace: services.env['TEMPORAL_NAMESPACE'] ?? '', taskQueue: 'by-hand' };
    const api = makeApiClient(services.urls['command-service'], { tenantId: `bench-${measured.id}` });
    const pool = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 1, applicationName: 'bench' });
    const baseline = await connectBaseline(place);
    const worker = await startBaselineWorker(place, WORKER_SETTINGS);
    try {
      const startPath = await publishMeasuredFlow(api, measured.flow);
      const setting = { context, services, baseline, api, pool, startPath, workflow: measured.workflow };
      const warmUp = context.isQuick ? 2 : 30;
      await ourRuns(setting, warmUp);
      await baseline.complete(warmUp, IN_FLIGHT, measured.workflow);
      const count = context.isQuick ? 5 : 500;
      const repetitions = await repeat(context, `${count} runs on each side`, async () => ({
        byHand: await byHandSide(setting, worker.pid, count),
        ours: await ourSide(setting, count),
      }));
      return outcome(measured, repetitions);
    } finally {
      await worker.close();
      await baseline.close();
      await pool.end();
      api.close();
      await services.close();
    }
  },
});

function byHandSide(setting: Setting, workerPid: number, count: number): Promise<Side> {
  const { context, baseline, workflow } = setting;
  const work = () => context.progress.step('written by hand', 40, () => baseline.complete(count, IN_FLIGHT, workflow));
  return measureSide(setting, { worker: { pid: workerPid } }, count, work);
}

function ourSide(setting: Setting, count: number): Promise<Side> {
  const { context, services } = setting;
  const names = ['worker', 'executor', 'command-service', 'projection-service'] as const;
  const groups = Object.fromEntries(names.map((name) => [name, { pid: services.pid(name) }]));
  return measureSide(setting, groups, count, () =>
    context.progress.step('through Flowplane', 60, () => ourRuns(setting, count)),
  );
}

async function measureSide(
  { context, baseline }: Setting,
  ownGroups: Readonly<Record<string, CpuGroup>>,
  count: number,
  work: () => Promise<readonly string[]>,
): Promise<Side> {
  const groups = { ...context.system.cpuGroups(), ...ownGroups, bench: { pid: process.pid, isAlone: true as const } };
  const idle = readCpu(groups);
  await sleep(context.isQuick ? SETTLE_MS : IDLE_MS);
  const before = readCpu(groups);
  const idleCores = coresOf(cpuBetween(idle, before), (context.isQuick ? SETTLE_MS : IDLE_MS) / 1000);
  const startedAt = performance.now();
  const ids = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  await sleep(SETTLE_MS); // what a run leaves to be done after its end belongs to it
  const used = cpuBetween(before, readCpu(groups));
  // What a group takes when nothing runs is not the runs'; else the slower side would look the more costly for it.
  const perRun = (name: string, cpu: number): number =>
    Math.max(0, cpu - (idleCores[name] ?? 0) * (seconds + SETTLE_MS / 1000)) / count;
  const histories = await Promise.all(ids.slice(0, HISTORY_SAMPLES).map((id) => baseline.historyEvents(id)));
  return {
    runsPerSecond: count / seconds,
    historyEvents: histories.reduce((sum, events) => sum + events, 0) / histories.length,
    cpuPerRun: Object.fromEntries(Object.entries(used).map(([name, cpu]) => [name, perRun(name, cpu)])),
    idleCores,
    cores: coresOf(used, seconds),
  };
}

/** Starts runs over HTTP, as many at a time as the other side has, until all are closed in the read model. */
async function ourRuns({ api, pool, startPath }: Setting, count: number): Promise<readonly string[]> {
  const before = await countRuns(pool, api.tenantId);
  const ids: string[] = [];
  const giveUpAt = Date.now() + GIVE_UP_MS;
  for (let closed = 0; closed < count;) {
    const room = Math.min(count - ids.length, IN_FLIGHT - (ids.length - closed));
    const answers = await Promise.all(
      Array.from({ length: room }, () => callExpecting(api, 202, 'POST', startPath, { input: {} }, ASYNC)),
    );
    ids.push(...answers.map(({ body }) => String(body['executionId'])));
    await sleep(50);
    closed = (await countRuns(pool, api.tenantId)).closed - before.closed;
    if (Date.now() > giveUpAt) throw new Error(`${closed} of ${count} runs are closed after ${GIVE_UP_MS / 1000} s`);
  }
  const { rows } = await pool.query<{ status: string }>(
    `SELECT status FROM flows.executions WHERE execution_id = ANY ($1) AND status <> 'Completed' LIMIT 1`,
    [ids],
  );
  if (rows[0] !== undefined) throw new Error(`a measured run ended ${rows[0].status}`);
  return ids;
}

const engineCpu = (side: Side): number => (side.cpuPerRun['temporal'] ?? 0) + (side.cpuPerRun[ENGINE_POSTGRES] ?? 0);
const allCpu = ({ cpuPerRun }: Side): number =>
  Object.entries(cpuPerRun).reduce((sum, [name, cpu]) => sum + (name === ENGINE_POSTGRES ? 0 : cpu), 0);

function outcome({ id, leastRatio, mostRatio }: CompletedRuns, measured: readonly Repetition[]) {
  const figure = (name: string, unit: string, of: (side: Side) => number, aim: Figure['aim']): Figure => ({
    row: id,
    name,
    unit,
    aim,
    samples: measured.map((one) => ({ ours: of(one.ours), baseline: of(one.byHand) })),
  });
  const cpu = (group: string) => (side: Side) => (side.cpuPerRun[group] ?? 0) * 1000;
  const atMost = mostRatio === null ? null : ({ of: 'ratio', is: 'at most', value: mostRatio } as const);
  const [first] = measured;
  const cpuFigures = (): Figure[] => [
    figure('CPU in the engine (Temporal and its PostgreSQL)', 'ms per run', (side) => engineCpu(side) * 1000, atMost),
    figure('  Temporal server', 'ms per run', cpu('temporal'), null),
    figure('  PostgreSQL, all of it', 'ms per run', cpu('postgres'), null),
    figure('  worker process', 'ms per run', cpu('worker'), null),
    figure('  everything, the load included', 'ms per run', (side) => allCpu(side) * 1000, null),
  ];
  // Of an engine that the environment only names, no process is known.
  const hasCpu = first?.byHand.cpuPerRun['temporal'] !== undefined;
  return {
    figures: [
      figure('completed runs', 'runs/s', (side) => side.runsPerSecond, {
        of: 'ratio',
        is: 'at least',
        value: leastRatio,
      }),
      figure('history events', 'per run', (side) => side.historyEvents, atMost),
      ...(hasCpu ? cpuFigures() : []),
    ],
    bounds:
      first === undefined
        ? []
        : [
            'The cores bound both sides: CPU that our other processes use is lost to runs a second.',
            describeShares('by hand', first.byHand.cores),
            describeShares('through Flowplane', first.ours.cores),
          ],
    details: { repetitions: measured, inFlight: IN_FLIGHT },
  };
}
