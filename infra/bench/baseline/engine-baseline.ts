import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import type { Completed } from '../load/completed.js';
import { inParallel } from '../load/in-parallel.js';
import type * as workflows from './engine-workflow.js';
import { forkProcess, type ForkedProcess } from './forked-process.js';
import type * as recordingWorkflows from './recording-system/recording-workflow.js';
import { startContentsOf, startRequestOf, type StartContents } from './start-contents.js';

/** A protobuf timestamp; its seconds are a Long. */
type Timestamp = { readonly seconds?: unknown; readonly nanos?: number | null };

const LOOK_EVERY_MS = 10;
const GIVE_UP_MS = 60_000;

/** Names of the workflows written by hand. */
export type HandWrittenWorkflow = keyof typeof workflows | keyof typeof recordingWorkflows;

/** Temporal used by hand: what our figures are compared with. */
export type EngineBaseline = {
  /** Runs a workflow `count` times, `concurrency` at a time, each started with the same contents, and has every result. */
  readonly complete: (
    count: number,
    concurrency: number,
    workflow: HandWrittenWorkflow,
    contents: StartContents,
  ) => Promise<Completed>;
  /** What a run, ours or its own, was started with. */
  readonly startContents: (workflowId: string) => Promise<StartContents>;
  /** Starts a run with contents that were those of another. @throws when there is one of this id */
  readonly startWith: (workflowId: string, workflow: HandWrittenWorkflow, contents: StartContents) => Promise<void>;
  /** Starts workflows that no worker takes. */
  readonly start: (count: number, concurrency: number, contents: StartContents) => Promise<void>;
  /** Starts one run of a workflow that the hand-written worker takes. @throws when there is one of this id */
  readonly startOne: (workflowId: string, workflow: HandWrittenWorkflow, args?: readonly unknown[]) => Promise<void>;
  /** Waits for a run, ours or its own, to begin and to end, and reads from its history when it began. */
  readonly timesOf: (workflowId: string) => Promise<EngineTimes>;
  /** Waits for a run, ours or its own, to end well. @returns what each activity took, from its start to its completion, in ms */
  readonly activityTimes: (workflowId: string) => Promise<readonly number[]>;
  /** Events in the history of a run, ours or its own. */
  readonly historyEvents: (workflowId: string) => Promise<number>;
  readonly close: () => Promise<void>;
};

/** Of a run that is over, by the clock of the engine, in epoch ms. */
export type EngineTimes = {
  readonly startedAt: number;
  readonly firstActivityAt: number;
  readonly endedAt: number;
};

export type EnginePlace = { readonly address: string; readonly namespace: string; readonly taskQueue: string };

/** Options of a worker that both sides get; see docs/bench.md. */
export type WorkerSettings = Readonly<Record<string, number | string | boolean>>;

export async function connectBaseline({ address, namespace, taskQueue }: EnginePlace): Promise<EngineBaseline> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const startOn = async (
    queue: string,
    ...[workflowId, workflow, contents]: Parameters<EngineBaseline['startWith']>
  ): Promise<void> => {
    await client.workflowService.startWorkflowExecution({
      ...{ namespace, workflowId, workflowType: { name: workflow }, taskQueue: { name: queue } },
      ...{ requestId: randomUUID(), identity: `by-hand@${process.pid}` },
      ...startRequestOf(contents),
    });
  };
  const startWith: EngineBaseline['startWith'] = (...start) => startOn(taskQueue, ...start);
  return {
    complete: async (count, concurrency, workflow, contents) => {
      const startedAt = performance.now();
      const endedAt: number[] = [];
      const ids = await inParallel(count, concurrency, async () => {
        const workflowId = `by-hand-${randomUUID()}`;
        await startWith(workflowId, workflow, contents);
        await client.workflow.result(workflowId);
        endedAt.push(performance.now());
        return workflowId;
      });
      return { ids, startedAt, endedAt, looks: 0 };
    },
    startContents: async (workflowId) => {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      const started = events?.[0]?.workflowExecutionStartedEventAttributes;
      if (started === undefined || started === null) throw new Error(`${workflowId} has no start in its history`);
      return startContentsOf(started);
    },
    startWith,
    start: async (count, concurrency, contents) => {
      const idle = `${taskQueue}-idle`;
      await inParallel(count, concurrency, () => startOn(idle, `by-hand-${randomUUID()}`, 'threeActivities', contents));
    },
    startOne: async (workflowId, workflow, args = []) => {
      await client.workflow.start(workflow, { workflowId, taskQueue, args: [...args] });
    },
    timesOf: async (workflowId) => {
      const handle = client.workflow.getHandle(workflowId);
      await resultOf(handle);
      const { events } = await handle.fetchHistory();
      return {
        startedAt: timeOf(events?.[0]?.eventTime),
        firstActivityAt: timeOf(events?.find((event) => event.activityTaskStartedEventAttributes)?.eventTime),
        endedAt: timeOf(events?.at(-1)?.eventTime),
      };
    },
    activityTimes: async (workflowId) => {
      const handle = client.workflow.getHandle(workflowId);
      await resultOf(handle);
      const events = (await handle.fetchHistory()).events ?? [];
      return events.flatMap(({ eventTime, activityTaskCompletedEventAttributes: completed }) => {
        if (completed === null || completed === undefined) return [];
        const started = events.find(({ eventId }) => String(eventId) === String(completed.startedEventId));
        return [timeOf(eventTime) - timeOf(started?.eventTime)];
      });
    },
    historyEvents: async (workflowId) => (await client.workflow.getHandle(workflowId).describe()).historyLength,
    close: () => connection.close(),
  };
}

/** Ours is answered before it is started. */
async function resultOf(handle: WorkflowHandle): Promise<void> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  for (;;) {
    try {
      return (await handle.result()) as undefined;
    } catch (thrown) {
      if (!(thrown instanceof WorkflowNotFoundError) || Date.now() > giveUpAt) throw thrown;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

function timeOf(time: Timestamp | null | undefined): number {
  if (time === null || time === undefined) throw new Error('a history without what was to be timed');
  return Number(time.seconds ?? 0) * 1000 + (time.nanos ?? 0) / 1e6;
}

/** Starts the hand-written worker as a separate process and resolves when it polls. */
export function startBaselineWorker(place: EnginePlace, settings: WorkerSettings): Promise<ForkedProcess> {
  const entry = new URL('./engine-worker-main.js', import.meta.url);
  return forkProcess(entry, [place.address, place.namespace, place.taskQueue, JSON.stringify(settings)]);
}
