import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import type { IsolatedServices } from '@flowplane/stack';
import { connectBaseline } from '../baseline/engine-baseline.js';
import type { StartContents } from '../baseline/start-contents.js';
import { callExpecting, makeApiClient, type ApiClient } from '../load/api-client.js';
import { ASYNC, publishMeasuredFlow } from '../load/published-flow.js';
import { cpuBetween, readCpu, type CpuReading } from '../measure/process-cpu.js';
import type { Figure } from '../report/figure.js';
import { coresOf, describeShares } from '../report/shares.js';
import { ENGINE_POSTGRES } from '../system/bench-system.js';
import { acceptStarts, HTTP_AT_A_TIME, type Accepted } from './accepted-starts.js';
import { repeat, type Row, type RowContext } from './row.js';
import { countRuns, runsReached } from './run-counts.js';

/** As many as the executor has under way. */
const STARTS_AT_A_TIME = 96;
const GIVE_UP_MS = 300_000;

/** Starts a second that reached the engine, and what was busy meanwhile. `engineMs`: CPU of the engine per start. */
type Rate = { readonly perSecond: number; readonly engineMs: number; readonly cores: CpuReading };

type Repetition = {
  readonly raw: Rate;
  readonly acceptedPerSecond: number;
  readonly refusals: number;
  readonly acceptingCores: CpuReading;
  readonly started: Rate;
  readonly secondsToFirstStart: number;
};

type Setting = {
  readonly context: RowContext;
  readonly services: IsolatedServices;
  readonly api: ApiClient;
  readonly pool: Pool;
  readonly startPath: string;
  /** What a run of ours is started with. */
  readonly contents: StartContents;
};

/** Starts taken while the engine is away, and how fast they reach it afterwards. No worker runs them meanwhile. */
export const rowB: Row = {
  id: 'b',
  title: 'starts over HTTP while the engine is stopped, and started once it is back; raw: startWorkflowExecution',
  expectedSeconds: 300,
  measure: async (context) => {
    const only = ['projection-service', 'command-service', 'executor'] as const;
    const services = await context.system.startServices({ only });
    const api = makeApiClient(services.urls['command-service'], { tenantId: 'bench-b' });
    const pool = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 1, applicationName: 'bench' });
    try {
      const startPath = await publishMeasuredFlow(api);
      const contents = await contentsOfOne(services, api, pool, startPath);
      const setting = { context, services, api, pool, startPath, contents };
      await warmUp(setting);
      const measured = await repeat(context, 'starts without an engine', () => once(setting));
      return outcome(measured);
    } finally {
      await pool.end();
      api.close();
      await services.close();
    }
  },
};

/** Has one run started, which no worker takes. @returns what it was started with */
async function contentsOfOne(services: IsolatedServices, api: ApiClient, pool: Pool, startPath: string) {
  const { body } = await callExpecting(api, 202, 'POST', startPath, { input: {} }, ASYNC);
  await runsReached(pool, api.tenantId, GIVE_UP_MS, ({ started }) => started === 1);
  const address = services.endpoints.temporalAddress;
  const namespace = services.env['TEMPORAL_NAMESPACE'] ?? '';
  const baseline = await connectBaseline({ address, namespace, taskQueue: 'raw' });
  try {
    return await baseline.startContents(String(body['executionId']));
  } finally {
    await baseline.close();
  }
}

/**
 * Code that nobody has run yet is slow, and what follows is short. Starts of a flow that does not exist go the whole way
 * to their refusal and leave nothing for the engine to do.
 */
async function warmUp(setting: Setting): Promise<void> {
  const count = setting.context.isQuick ? 5 : 5000;
  await acceptOver({ ...setting, startPath: '/flows/none/executions' }, count);
  await rawStarts(setting, Math.ceil(count / 50));
}

async function once(setting: Setting): Promise<Repetition> {
  const { context, api, pool } = setting;
  const { progress, system } = context;
  const count = context.isQuick ? 20 : 2000;
  const raw = await progress.step('raw starts', 15, () => rawStarts(setting, context.isQuick ? 20 : 1000));
  const before = await countRuns(pool, api.tenantId);
  await system.stopEngine();
  const groups = groupsOf(setting);
  const cpuBefore = readCpu(groups);
  const accepted = await progress.step(`${count} starts over HTTP, engine stopped`, 5, () =>
    acceptOver(setting, count),
  );
  const acceptingCores = coresOf(cpuBetween(cpuBefore, readCpu(groups)), accepted.seconds);
  await runsReached(pool, api.tenantId, GIVE_UP_MS, ({ all }) => all - before.all === count);
  await progress.step('starting the engine', 5, () => system.startEngine());
  return {
    raw,
    acceptedPerSecond: count / accepted.seconds,
    refusals: accepted.refusals,
    acceptingCores,
    ...(await progress.step('waiting until all are started', 25, () => drained(setting, before.started, count))),
  };
}

async function drained(setting: Setting, startedBefore: number, count: number) {
  const { api, pool } = setting;
  const groups = groupsOf(setting);
  const cpuBefore = readCpu(groups);
  const servesAt = performance.now();
  const started = (least: number) =>
    runsReached(pool, api.tenantId, GIVE_UP_MS, (counts) => counts.started - startedBefore >= least);
  const firstAt = await started(1);
  const seconds = ((await started(count)) - servesAt) / 1000;
  const rate = rateOf(count, seconds, cpuBetween(cpuBefore, readCpu(groups)));
  return { started: rate, secondsToFirstStart: (firstAt - servesAt) / 1000 };
}

function rateOf(count: number, seconds: number, cpu: CpuReading): Rate {
  const engineSeconds = (cpu['temporal'] ?? 0) + (cpu[ENGINE_POSTGRES] ?? 0);
  return { perSecond: count / seconds, engineMs: (engineSeconds * 1000) / count, cores: coresOf(cpu, seconds) };
}

function groupsOf({ context, services }: Setting) {
  const names = ['executor', 'command-service', 'projection-service'] as const;
  const ours = Object.fromEntries(names.map((name) => [name, { pid: services.pid(name) }]));
  return { ...context.system.cpuGroups(), ...ours, bench: { pid: process.pid, isAlone: true as const } };
}

async function rawStarts(setting: Setting, count: number): Promise<Rate> {
  const address = setting.services.endpoints.temporalAddress;
  const namespace = setting.services.env['TEMPORAL_NAMESPACE'] ?? '';
  const baseline = await connectBaseline({ address, namespace, taskQueue: 'raw' });
  const groups = groupsOf(setting);
  const cpuBefore = readCpu(groups);
  const startedAt = performance.now();
  await baseline.start(count, STARTS_AT_A_TIME, setting.contents);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = cpuBetween(cpuBefore, readCpu(groups));
  await baseline.close();
  return rateOf(count, seconds, cpu);
}

const acceptOver = ({ services, api, startPath }: Setting, count: number): Promise<Accepted> =>
  acceptStarts({ url: services.urls['command-service'], tenantId: api.tenantId, startPath }, count);

function outcome(measured: readonly Repetition[]) {
  const figure = (name: string, of: (one: Repetition) => number, value: number): Figure => ({
    row: 'b',
    name,
    unit: 'starts/s',
    aim: { of: 'ratio', is: 'at least', value },
    samples: measured.map((one) => ({ ours: of(one), baseline: one.raw.perSecond })),
  });
  const [first] = measured;
  return {
    figures: [
      figure('accepted while the engine is stopped', (one) => one.acceptedPerSecond, 10),
      figure('started once it is back', (one) => one.started.perSecond, 0.8),
      {
        row: 'b',
        name: '  CPU in the engine (Temporal and its PostgreSQL)',
        unit: 'ms per start',
        aim: null,
        samples: measured.map((one) => ({ ours: one.started.engineMs, baseline: one.raw.engineMs })),
      },
      {
        row: 'b',
        name: 'engine serves → first start recorded',
        unit: 's',
        aim: null,
        samples: measured.map((one) => ({ ours: one.secondsToFirstStart, baseline: null })),
      },
    ],
    bounds:
      first === undefined
        ? []
        : [
            describeShares('while accepting', first.acceptingCores),
            describeShares('while starting', first.started.cores),
            describeShares('with raw starts', first.raw.cores),
          ],
    details: { repetitions: measured, httpAtATime: HTTP_AT_A_TIME, startsAtATime: STARTS_AT_A_TIME },
  };
}
