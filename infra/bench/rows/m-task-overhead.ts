import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBaseline, startBaselineWorker, type EngineBaseline } from '../baseline/engine-baseline.js';
import { WORKER_SETTINGS } from '../baseline/worker-settings.js';
import { callExpecting, makeApiClient, type ApiClient } from '../load/api-client.js';
import { startCalledServer } from '../load/called-server.js';
import { publishMeasuredFlow, type MeasuredFlow } from '../load/published-flow.js';
import { distributionOf, type Distribution } from '../measure/statistics.js';
import type { Figure } from '../report/figure.js';
import { repeat, type Row, type RowOutcome } from './row.js';

/** Calls of a run, one after the other. */
const CALLS = 10;
const MOST_RATIO = 1.1;
const PAUSE_MS = 20;

/** Of single activities: from their start to their completion, by the engine's clock, in ms. */
type Repetition = { readonly ours: Distribution; readonly byHand: Distribution };

/** What a task costs beside its call: schema, token, frames, heartbeats; against an activity that makes the same call. */
export const rowM: Row = {
  id: 'm',
  title: 'one http.request, from the start of its attempt to the end, against a bare activity that makes the same call',
  expectedSeconds: 120,
  measure: async (context) => {
    const called = await startCalledServer();
    const services = await context.system.startServices({ env: { FLOWS_HTTP_ALLOW_HOSTS: called.hostPort } });
    const place = {
      address: services.endpoints.temporalAddress,
      namespace: services.env['TEMPORAL_NAMESPACE'] ?? '',
      taskQueue: 'by-hand',
    };
    const url = `${called.url}/fast`;
    const api = makeApiClient(services.urls['command-service'], { tenantId: 'bench-m' });
    const baseline = await connectBaseline(place);
    const worker = await startBaselineWorker(place, WORKER_SETTINGS);
    try {
      const startPath = await publishMeasuredFlow(api, flowOf(url));
      const ours = (runs: number) => oneByOne(runs, baseline, () => ourRun(api, startPath));
      const byHand = (runs: number) =>
        oneByOne(runs, baseline, async () => {
          const workflowId = `by-hand-${randomUUID()}`;
          await baseline.startOne(workflowId, 'sameCalls', [url, CALLS]);
          return workflowId;
        });
      const warmUp = context.isQuick ? 1 : 10;
      for (const side of [ours, byHand]) await side(warmUp);
      const runs = context.isQuick ? 2 : 50;
      const measured = await repeat(context, `${runs} runs of ${CALLS} calls on each side`, async () => ({
        byHand: await context.progress.step('written by hand', 10, () => byHand(runs)),
        ours: await context.progress.step('through Flowplane', 15, () => ours(runs)),
      }));
      return outcome(measured);
    } finally {
      await worker.close();
      await baseline.close();
      api.close();
      await services.close();
      called.close();
    }
  },
};

function flowOf(url: string): MeasuredFlow {
  const nodes = Array.from({ length: CALLS }, (_, index) => ({
    ...{ id: `call${index}`, type: 'task', taskType: 'http.request', input: { url } },
    ...(index + 1 < CALLS ? { next: `call${index + 1}` } : {}),
  }));
  return { apiVersion: 'v1.0', name: 'calls', nodes };
}

async function ourRun(api: ApiClient, startPath: string): Promise<string> {
  const { body } = await callExpecting(api, 201, 'POST', startPath, { input: {} });
  return String(body['executionId']);
}

async function oneByOne(runs: number, engine: EngineBaseline, start: () => Promise<string>): Promise<Distribution> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    times.push(...(await engine.activityTimes(await start())));
    await sleep(PAUSE_MS);
  }
  if (times.length !== runs * CALLS) throw new Error(`${times.length} calls were measured, not ${runs * CALLS}`);
  return distributionOf(times);
}

function outcome(measured: readonly Repetition[]): RowOutcome {
  const figure = (q: 'p50' | 'p99', aim: Figure['aim']): Figure => ({
    ...{ row: 'm', name: `one call, ${q}`, unit: 'ms', aim },
    samples: measured.map(({ ours, byHand }) => ({ ours: ours[q], baseline: byHand[q] })),
  });
  return {
    figures: [figure('p50', { of: 'ratio', is: 'at most', value: MOST_RATIO }), figure('p99', null)],
    bounds: ['The server answers at once: a call that takes longer makes the ratio smaller.'],
    details: { repetitions: measured, callsPerRun: CALLS },
  };
}
