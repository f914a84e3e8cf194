import { setTimeout as sleep } from 'node:timers/promises';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { callExpecting, makeApiClient, type ApiClient } from '../load/api-client.js';
import { startCalledServer, type CalledServer } from '../load/called-server.js';
import { publishMeasuredFlow, type MeasuredFlow } from '../load/published-flow.js';
import { sampled, type Distribution } from '../measure/statistics.js';
import type { Figure } from '../report/figure.js';
import { repeat, type Row, type RowContext, type RowOutcome } from './row.js';
import { runsReached } from './run-counts.js';

const SLOW_TASKS = 200;
/** The slow tenant is looked at for that long at most until all its requests are open. */
const OPEN_WITHIN_MS = 60_000;
const GIVE_UP_MS = 120_000;
const LOOK_EVERY_MS = 5;

type Repetition = { readonly alone: Distribution; readonly beside: Distribution; readonly slowAtOnce: number };

type Setting = {
  readonly context: RowContext;
  readonly called: CalledServer;
  readonly pool: Pool;
  readonly fast: Tenant;
  readonly slow: Tenant;
};
type Tenant = { readonly api: ApiClient; readonly startPath: string };

/** Runs of one fast request each, alone and beside another tenant whose 200 requests get no answer meanwhile. */
export const rowL: Row = {
  id: 'l',
  title: 'runs of one tenant with a fast http.request, beside 200 slow ones of another tenant, against them alone',
  expectedSeconds: 150,
  measure: async (context) => {
    const called = await startCalledServer();
    const services = await context.system.startServices({ env: { FLOWS_HTTP_ALLOW_HOSTS: called.hostPort } });
    const pool = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 1, applicationName: 'bench' });
    const tenant = async (tenantId: string, flow: MeasuredFlow): Promise<Tenant> => {
      const api = makeApiClient(services.urls['command-service'], { tenantId });
      return { api, startPath: await publishMeasuredFlow(api, flow) };
    };
    const fast = await tenant('bench-fast', fastFlow(called));
    const slow = await tenant('bench-slow', slowFlow(called));
    try {
      const setting = { context, called, pool, fast, slow };
      await sampled(context.isQuick ? 2 : 30, () => timedRun(setting));
      return outcome(await repeat(context, 'fast runs beside slow requests', () => once(setting)));
    } finally {
      called.release();
      for (const { api } of [fast, slow]) api.close();
      await pool.end();
      await services.close();
      called.close();
    }
  },
};

const request = (id: string, url: string): object => ({
  ...{ id, type: 'task', taskType: 'http.request', input: { url, timeoutMs: 30_000 } },
});
const fastFlow = ({ url }: CalledServer): MeasuredFlow => ({
  ...{ apiVersion: 'v1.0', name: 'fast', nodes: [request('fast', `${url}/fast`)] },
});
function slowFlow({ url }: CalledServer): MeasuredFlow {
  const ids = Array.from({ length: SLOW_TASKS }, (_, index) => `slow${index}`);
  const all = { id: 'all', type: 'parallel', branches: ids };
  return { apiVersion: 'v1.0', name: 'slow', nodes: [all, ...ids.map((id) => request(id, `${url}/slow/${id}`))] };
}

async function once(setting: Setting): Promise<Repetition> {
  const { context, called, slow, pool } = setting;
  const count = context.isQuick ? 3 : 100;
  const alone = await context.progress.step('alone', 10, () => sampled(count, () => timedRun(setting)));
  await callExpecting(slow.api, 201, 'POST', slow.startPath, { input: {} });
  const openUntil = performance.now() + OPEN_WITHIN_MS;
  while (called.held() < SLOW_TASKS && performance.now() < openUntil) await sleep(LOOK_EVERY_MS);
  const slowAtOnce = called.held();
  const beside = await context.progress.step(`beside ${slowAtOnce} slow requests`, 15, () =>
    sampled(count, () => timedRun(setting)),
  );
  // Some may have been given up by then, and be tried again.
  const releasing = setInterval(called.release, 100);
  await runsReached(pool, slow.api.tenantId, GIVE_UP_MS, ({ all, closed }) => all === closed);
  clearInterval(releasing);
  return { alone, beside, slowAtOnce };
}

/** From the request that starts a run of the fast tenant to its end in the read model, in ms. */
async function timedRun({ fast: { api, startPath }, pool }: Setting): Promise<number> {
  const startedAt = performance.now();
  const { body } = await callExpecting(api, 201, 'POST', startPath, { input: {} });
  for (;;) {
    const { rows } = await pool.query<{ status: string }>(
      `SELECT status FROM flows.executions WHERE execution_id = $1 AND closed_at IS NOT NULL`,
      [body['executionId']],
    );
    const elapsedMs = performance.now() - startedAt;
    if (rows[0]?.status === 'Completed') return elapsedMs;
    if (rows[0] !== undefined) throw new Error(`a measured run ended ${rows[0].status}`);
    if (elapsedMs > GIVE_UP_MS) throw new Error(`a measured run has not ended after ${GIVE_UP_MS / 1000} s`);
    await sleep(LOOK_EVERY_MS);
  }
}

function outcome(measured: readonly Repetition[]): RowOutcome {
  const figure = (q: 'p50' | 'p99'): Figure => ({
    row: 'l',
    name: `start → end of a run with one fast request, ${q}`,
    unit: 'ms',
    aim: { of: 'ratio', is: 'at most', value: 2 },
    samples: measured.map(({ alone, beside }) => ({ ours: beside[q], baseline: alone[q] })),
  });
  const open: Figure = {
    ...{ row: 'l', name: 'slow requests open meanwhile', unit: '', aim: null },
    samples: measured.map(({ slowAtOnce }) => ({ ours: slowAtOnce, baseline: null })),
  };
  return {
    figures: [figure('p50'), figure('p99'), open],
    bounds: ['A slow request takes a place and no CPU; the places of one tenant end at its share (ADR 59).'],
    details: { repetitions: measured, slowTasks: SLOW_TASKS },
  };
}
