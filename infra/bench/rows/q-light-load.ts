import { setTimeout as sleep } from 'node:timers/promises';
import { makePool } from '@flowplane/plumbing/postgres';
import { SERVICES, type IsolatedServices } from '@flowplane/stack';
import { connectBaseline, startBaselineWorker, type EngineBaseline } from '../baseline/engine-baseline.js';
import type { StartContents } from '../baseline/start-contents.js';
import { WORKER_SETTINGS } from '../baseline/worker-settings.js';
import { makeApiClient } from '../load/api-client.js';
import { openLog } from '../load/log-access.js';
import { oneASecond, openRunWatch, type SeenRun } from '../load/light-load.js';
import { completeRuns } from '../load/our-runs.js';
import { publishMeasuredFlow } from '../load/published-flow.js';
import { THREE_TASK_FLOW } from '../load/run-commands.js';
import { runSteps, stepFigures, type StepTimes } from '../load/run-steps.js';
import { distributionOf, type Distribution } from '../measure/statistics.js';
import type { Figure, Sample } from '../report/figure.js';
import { repeat, type Row, type RowContext, type RowOutcome } from './row.js';
import { pauseBetweenSides } from './run-sides.js';

type Repetition = {
  readonly closed: Distribution;
  readonly streamEnd: Distribution;
  /** Null where every attempt had ended before its stream was open. */
  readonly frames: Distribution | null;
  readonly byHand: Distribution;
  /** Of ours. */
  readonly steps: StepTimes;
};

const WORKFLOW = 'threeActivities';
const AT_A_TIME = 10;
const SETTLE_MS = 2000;

type Measure = { readonly warmUp: number; readonly seconds: number };
const FULL: Measure = { warmUp: 200, seconds: 60 };
const QUICK: Measure = { warmUp: 2, seconds: 3 };

/** What waiting for more work costs a run when there is none: one run a second, on an otherwise idle machine. */
export const rowQ: Row = {
  id: 'q',
  title: 'one run of three tasks a second: request → end, and frames at a client, against a hand-written workflow',
  expectedSeconds: 600,
  measure: async (context) => outcome(await repeat(context, 'a run a second on each side', () => measured(context))),
};

async function measured(context: RowContext): Promise<Repetition> {
  const { warmUp, seconds } = context.isQuick ? QUICK : FULL;
  const services = await context.system.startServices();
  const place = {
    address: services.endpoints.temporalAddress,
    namespace: services.env['TEMPORAL_NAMESPACE'] ?? '',
    taskQueue: 'by-hand',
  };
  const baseline = await connectBaseline(place);
  try {
    const seen = await ours(context, services, warmUp, seconds);
    const contents = await baseline.startContents(seen[0]?.id ?? '');
    const steps = await stepsOf(services, baseline, seen);
    for (const name of SERVICES) await services.stop(name);
    await pauseBetweenSides(context);
    const worker = await startBaselineWorker(place, WORKER_SETTINGS);
    try {
      await baseline.complete(warmUp, AT_A_TIME, WORKFLOW, contents);
      await sleep(SETTLE_MS);
      const byHand = await context.progress.step('written by hand', seconds, () =>
        oneASecond(seconds, () => timed(baseline, contents)),
      );
      return {
        closed: distributionOf(seen.map(({ closedMs }) => closedMs)),
        streamEnd: distributionOf(seen.map(({ streamEndMs }) => streamEndMs)),
        frames: framesOf(seen),
        byHand: distributionOf(byHand),
        steps,
      };
    } finally {
      await worker.close();
    }
  } finally {
    await baseline.close();
    await services.close();
  }
}

async function stepsOf(
  services: IsolatedServices,
  baseline: EngineBaseline,
  seen: readonly SeenRun[],
): Promise<StepTimes> {
  const log = await openLog(services.env);
  try {
    const runs = seen.map(async ({ id, sentAt, notifiedAt }) => ({
      ...{ executionId: id, sentAt, notifiedAt },
      ...(await baseline.timesOf(id)),
    }));
    return await runSteps(log, await Promise.all(runs));
  } finally {
    await log.close();
  }
}

function framesOf(seen: readonly SeenRun[]): Distribution | null {
  const frameMs = seen.flatMap((run) => run.frameMs);
  return frameMs.length === 0 ? null : distributionOf(frameMs);
}

async function ours(
  { progress }: RowContext,
  services: IsolatedServices,
  warmUp: number,
  seconds: number,
): Promise<readonly SeenRun[]> {
  const dbUrl = services.env['FLOWS_DB_URL'] ?? '';
  const api = makeApiClient(services.urls['command-service'], { tenantId: 'bench-q' });
  const pool = makePool(dbUrl, { max: 1, applicationName: 'bench' });
  const startPath = await publishMeasuredFlow(api, THREE_TASK_FLOW);
  const watch = await openRunWatch(api, services.urls['monitor-service'], pool, dbUrl, startPath);
  try {
    await completeRuns(api, pool, startPath, warmUp, AT_A_TIME);
    for (let index = 0; index < warmUp / 20; index++) await watch.once(); // streams must be warm as well
    await sleep(SETTLE_MS);
    const seen: SeenRun[] = [];
    await progress.step('through Flowplane', seconds, () =>
      oneASecond(seconds, async () => {
        const run = await watch.once();
        seen.push(run);
        return run.closedMs;
      }),
    );
    return seen;
  } finally {
    await watch.close();
    await pool.end();
    api.close();
  }
}

async function timed(baseline: EngineBaseline, contents: StartContents): Promise<number> {
  const startedAt = performance.now();
  await baseline.complete(1, 1, WORKFLOW, contents);
  return performance.now() - startedAt;
}

function outcome(measured: readonly Repetition[]): RowOutcome {
  const figure = (name: string, of: (one: Repetition) => Sample): Figure => ({
    ...{ row: 'q', name, unit: 'ms', aim: null },
    samples: measured.map(of),
  });
  const frames = (q: 'p50' | 'p95'): Figure[] => {
    const samples = measured.flatMap((one) => (one.frames === null ? [] : [{ ours: one.frames[q], baseline: null }]));
    if (samples.length === 0) return [];
    return [{ row: 'q', name: `attempt completed → frame at a client, ${q}`, unit: 'ms', aim: null, samples }];
  };
  const both = (q: 'p50' | 'p95'): Figure[] => [
    figure(`request → end notified, ${q}`, ({ closed, byHand }) => ({ ours: closed[q], baseline: byHand[q] })),
    figure(`request → end of its stream, ${q}`, ({ streamEnd, byHand }) => ({
      ours: streamEnd[q],
      baseline: byHand[q],
    })),
    ...frames(q),
  ];
  return {
    figures: [
      ...both('p50'),
      ...stepFigures(
        'q',
        measured.map(({ steps }) => steps),
      ),
      ...both('p95'),
    ],
    bounds: [
      'By hand a run has ended when the engine gives its result; ours when its end is decided, recorded and projected. No aim: it must not become worse.',
    ],
    details: { repetitions: measured },
  };
}
