import { setTimeout as sleep } from 'node:timers/promises';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import type { BatchProducer } from '@flowplane/plumbing/kafka';
import type { IsolatedServices } from '@flowplane/stack';
import { makeApiClient } from '../load/api-client.js';
import { openLog } from '../load/log-access.js';
import { publishMeasuredFlow } from '../load/published-flow.js';
import { commandRecord, runCommands, tenantIn, type BenchTenant } from '../load/run-commands.js';
import { FIVE_TASK_FLOW, templateCommands } from '../load/template-commands.js';
import { cpuBetween, readCpu, type CpuReading } from '../measure/process-cpu.js';
import type { Figure } from '../report/figure.js';
import { ENGINE_POSTGRES } from '../system/bench-system.js';
import { repeat, type Row, type RowContext, type RowOutcome } from './row.js';
import { countRuns } from './run-counts.js';

/** Runs under way at a time, on both sides. */
const IN_FLIGHT = 50;
const SETTLE_MS = 1000;
const GIVE_UP_MS = 300_000;
const MOST_RATIO = 1.1;

/** Seconds of time, and of CPU of everything but the bench, per run. */
type Side = { readonly seconds: number; readonly cpu: number; readonly cpuOf: CpuReading };
type Repetition = { readonly templates: Side; readonly flows: Side };

type Work = {
  /** Asks for one run. */
  readonly ask: () => Promise<unknown>;
  /** Runs that have ended well so far. */
  readonly ended: () => Promise<number>;
};

/** Provisionings of a template whose nodes make nothing, against a flow of as many tasks; both asked for in the log. */
export const rowK: Row = {
  id: 'k',
  title: 'provisionings of a template of five noop nodes, against runs of a flow of five tasks',
  expectedSeconds: 240,
  measure: async (context) => {
    const services = await context.system.startServices();
    const log = await openLog(services.env);
    const pool = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 1, applicationName: 'bench' });
    const producer = log.producer('commands');
    const tenant = tenantIn(0, log.partitions);
    const api = makeApiClient(services.urls['command-service'], { tenantId: tenant.tenantId });
    try {
      await publishMeasuredFlow(api, FIVE_TASK_FLOW);
      const [templates, flows] = [templateWork(pool, producer, tenant), flowWork(pool, producer, tenant)];
      const warmUp = context.isQuick ? 2 : 30;
      for (const work of [templates, flows]) await complete(work, warmUp);
      const count = context.isQuick ? 5 : 300;
      const measured = await repeat(context, `${count} runs on each side`, async () => ({
        flows: await measureSide(context, services, flows, count),
        templates: await measureSide(context, services, templates, count),
      }));
      return outcome(measured);
    } finally {
      api.close();
      await producer.close();
      await log.close();
      await pool.end();
      await services.close();
    }
  },
};

const flowWork = (pool: Pool, producer: BatchProducer, tenant: BenchTenant): Work => ({
  ask: () => producer.append(commandRecord(tenant, runCommands(tenant)[0])),
  ended: async () => (await countRuns(pool, tenant.tenantId)).closed,
});

const templateWork = (pool: Pool, producer: BatchProducer, tenant: BenchTenant): Work => ({
  ask: () => producer.appendAll(templateCommands(tenant).map((command) => commandRecord(tenant, command))),
  ended: async () => {
    const { rows } = await pool.query<{ done: number; failed: number }>(
      `SELECT count(*) FILTER (WHERE progress = 'DONE')::int AS done,
              count(*) FILTER (WHERE progress = 'FAILED')::int AS failed FROM flows.templates WHERE tenant_id = $1`,
      [tenant.tenantId],
    );
    const { done = 0, failed = 0 } = rows[0] ?? {};
    if (failed > 0) throw new Error(`${failed} measured provisionings failed`);
    return done;
  },
});

/** Has `count` runs done, as many at a time as both sides have. */
async function complete({ ask, ended }: Work, count: number): Promise<void> {
  const before = await ended();
  const giveUpAt = Date.now() + GIVE_UP_MS;
  let asked = 0;
  for (let done = 0; done < count; done = (await ended()) - before) {
    const room = Math.min(count - asked, IN_FLIGHT - (asked - done));
    await Promise.all(Array.from({ length: room }, ask));
    asked += room;
    await sleep(20);
    if (Date.now() > giveUpAt) throw new Error(`${done} of ${count} runs have ended after ${GIVE_UP_MS / 1000} s`);
  }
}

async function measureSide(
  { system, isQuick }: RowContext,
  services: IsolatedServices,
  work: Work,
  count: number,
): Promise<Side> {
  const names = ['worker', 'executor', 'command-service', 'projection-service'] as const;
  const own = Object.fromEntries(names.map((name) => [name, { pid: services.pid(name) }]));
  const groups = { ...system.cpuGroups(), ...own };
  const before = readCpu(groups);
  const startedAt = performance.now();
  await complete(work, count);
  const seconds = (performance.now() - startedAt) / 1000;
  await sleep(isQuick ? 100 : SETTLE_MS); // what a run leaves to be done after its end belongs to it
  const used = cpuBetween(before, readCpu(groups));
  const cpuOf = Object.fromEntries(Object.entries(used).map(([name, cpu]) => [name, cpu / count]));
  const all = Object.entries(cpuOf).filter(([name]) => name !== ENGINE_POSTGRES);
  return { seconds: seconds / count, cpu: all.reduce((sum, [, cpu]) => sum + cpu, 0), cpuOf };
}

function outcome(measured: readonly Repetition[]): RowOutcome {
  const figure = (name: string, of: (side: Side) => number, hasAim: boolean): Figure => ({
    ...{ row: 'k', name, unit: 'ms per run' },
    aim: hasAim ? { of: 'ratio', is: 'at most', value: MOST_RATIO } : null,
    samples: measured.map(({ templates, flows }) => ({ ours: of(templates) * 1000, baseline: of(flows) * 1000 })),
  });
  const groups = Object.keys(measured[0]?.flows.cpuOf ?? {});
  return {
    figures: [
      figure('time, 50 at once', ({ seconds }) => seconds, true),
      figure('CPU of all processes', ({ cpu }) => cpu, true),
      ...groups.map((name) => figure(`  ${name}`, ({ cpuOf }) => cpuOf[name] ?? 0, false)),
    ],
    bounds: ['A run of a flow has an activity for each task; a node that makes nothing has none.'],
    details: { repetitions: measured, inFlight: IN_FLIGHT },
  };
}
