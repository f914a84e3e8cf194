import { setTimeout as sleep } from 'node:timers/promises';
import { makePool } from '@flowplane/plumbing/postgres';
import type { IsolatedServices } from '@flowplane/stack';
import {
  startBaselineWorker,
  type EngineBaseline,
  type EnginePlace,
  type HandWrittenWorkflow,
} from '../baseline/engine-baseline.js';
import { startRecordingSystem } from '../baseline/recording-system/recording-system.js';
import type { StartContents } from '../baseline/start-contents.js';
import { WORKER_SETTINGS } from '../baseline/worker-settings.js';
import { makeApiClient } from '../load/api-client.js';
import type { Completed } from '../load/completed.js';
import { completeRuns } from '../load/our-runs.js';
import { publishMeasuredFlow, type MeasuredFlow } from '../load/published-flow.js';
import type { ProcessGroups } from '../measure/process-table.js';
import type { RowContext } from './row.js';

/** Runs under way at a time, on every side. */
export const IN_FLIGHT = 100;
/** The timer of an attempt comes due 15 s after it, on every side: none does while the next one is measured. */
const PAUSE_MS = 16_000;

/** One way to complete the same runs. */
export type RunSide = {
  /** For the person who waits. */
  readonly name: string;
  readonly expectedSeconds: number;
  /** Its own processes; `worker` runs the activities. */
  readonly groups: ProcessGroups;
  readonly complete: (count: number) => Promise<Completed>;
  /** Ends its processes. */
  readonly close: () => Promise<void>;
};

/** Through Flowplane, with every service running. Its databases and namespace stay when it is closed. */
export async function openOurSide(services: IsolatedServices, tenantId: string, flow: MeasuredFlow): Promise<RunSide> {
  const api = makeApiClient(services.urls['command-service'], { tenantId });
  const pool = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 1, applicationName: 'bench' });
  const startPath = await publishMeasuredFlow(api, flow);
  return {
    name: 'through Flowplane',
    expectedSeconds: 110,
    groups: Object.fromEntries(services.processes.map((name) => [name, { pid: services.pid(name) }])),
    complete: (count) => completeRuns(api, pool, startPath, count, IN_FLIGHT),
    close: async () => {
      api.close();
      await pool.end();
      for (const name of services.processes) await services.stop(name);
    },
  };
}

/** A workflow written by hand, and nothing around it: the bench starts it and has its result. */
export async function openHandWrittenSide(
  baseline: EngineBaseline,
  place: EnginePlace,
  workflow: HandWrittenWorkflow,
  contents: StartContents,
): Promise<RunSide> {
  const worker = await startBaselineWorker(place, WORKER_SETTINGS);
  return {
    name: 'written by hand',
    expectedSeconds: 60,
    groups: { worker: { pid: worker.pid } },
    complete: (count) => baseline.complete(count, IN_FLIGHT, workflow, contents),
    close: worker.close,
  };
}

/** A hand-written system that keeps and shows what ours does. */
export async function openRecordingSide(
  services: IsolatedServices,
  place: EnginePlace,
  contents: StartContents,
): Promise<RunSide> {
  const system = await startRecordingSystem(services.endpoints, place, WORKER_SETTINGS, contents);
  return {
    name: 'a hand-written system',
    expectedSeconds: 75,
    groups: { worker: { pid: system.worker.pid }, starter: { pid: system.starter.pid } },
    complete: (count) => system.complete(count, IN_FLIGHT),
    close: system.close,
  };
}

/** So that what one side leaves to be done is over before the next begins. */
export const pauseBetweenSides = (context: RowContext): Promise<void> => sleep(context.isQuick ? 500 : PAUSE_MS);
