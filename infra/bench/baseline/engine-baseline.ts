import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type * as workflows from './engine-workflow.js';
import { inParallel } from '../load/in-parallel.js';

/** Names of the workflows written by hand. */
export type HandWrittenWorkflow = keyof typeof workflows;

/** Temporal used by hand: what our figures are compared with. */
export type EngineBaseline = {
  /** Runs a workflow `count` times, `concurrency` at a time, and has every result. Returns ids. */
  readonly complete: (count: number, concurrency: number, workflow: HandWrittenWorkflow) => Promise<readonly string[]>;
  /** Starts workflows that no worker takes. */
  readonly start: (count: number, concurrency: number) => Promise<void>;
  /** Events in the history of a run, ours or its own. */
  readonly historyEvents: (workflowId: string) => Promise<number>;
  readonly close: () => Promise<void>;
};

/** Process of the hand-written worker. */
export type BaselineWorker = { readonly pid: number; readonly close: () => Promise<void> };

export type EnginePlace = { readonly address: string; readonly namespace: string; readonly taskQueue: string };

/** Options of a worker that both sides get; see docs/bench.md. */
export type WorkerSettings = Readonly<Record<string, number | string | boolean>>;

export async function connectBaseline({ address, namespace, taskQueue }: EnginePlace): Promise<EngineBaseline> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  return {
    complete: (count, concurrency, workflow) =>
      inParallel(count, concurrency, async () => {
        const workflowId = `by-hand-${randomUUID()}`;
        await client.workflow.execute(workflow, { workflowId, taskQueue, args: [] });
        return workflowId;
      }),
    start: async (count, concurrency) => {
      const idle = `${taskQueue}-idle`;
      await inParallel(count, concurrency, () =>
        client.workflow.start<typeof workflows.threeActivities>('threeActivities', {
          workflowId: `by-hand-${randomUUID()}`,
          taskQueue: idle,
          args: [],
        }),
      );
    },
    historyEvents: async (workflowId) => (await client.workflow.getHandle(workflowId).describe()).historyLength,
    close: () => connection.close(),
  };
}

/** Starts the hand-written worker as a process of its own and resolves when it polls. */
export async function startBaselineWorker(place: EnginePlace, settings: WorkerSettings): Promise<BaselineWorker> {
  const entry = fileURLToPath(new URL('./engine-worker-main.js', import.meta.url));
  const child = fork(entry, [place.address, place.namespace, place.taskQueue, JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const ended = once(child, 'exit');
  const first = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
  if (first === undefined || child.pid === undefined) throw new Error(`the hand-written worker ended:\n${output}`);
  return {
    pid: child.pid,
    close: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
