import type { Logger } from '@flowplane/plumbing/logging';
import { runLoop } from '@flowplane/plumbing/periodic';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { EngineTarget } from '../shared/temporal-connection.js';
import type { LocalActivities } from './workflow/local-activities.js';
import type { TaskActivities } from './workflow/perform-node.js';

export type InterpreterWorkerOptions = {
  readonly target: EngineTarget;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly workflowBundle: { readonly code: string };
  readonly activities: TaskActivities & LocalActivities;
  readonly dataConverter: DataConverter;
  readonly sinks: NonNullable<WorkerOptions['sinks']>;
  readonly interceptors: NonNullable<WorkerOptions['interceptors']>;
  readonly maxActivities: number;
  readonly maxWorkflowTasks: number;
  readonly maxCachedWorkflows: number;
  readonly logger: Logger;
};

export type InterpreterWorker = {
  /** Connected, the namespace there, and polling. */
  readonly isReady: () => boolean;
  /** Stops polling, lets what runs end within the grace time, and disconnects. */
  readonly close: () => Promise<void>;
};

const RETRY_DELAY_MS = 1000;
/** Attempts still running after this get a request to stop; another worker repeats them. */
const GRACE_TIME = '5s';
const FORCE_TIME = '8s';

/**
 * Runs the interpreter against an engine that may not be there yet, or may go away: until closed it connects anew
 * whenever it must.
 */
export function runInterpreterWorker(options: InterpreterWorkerOptions): InterpreterWorker {
  const { logger } = options;
  let worker: Worker | undefined;

  const serve = async (signal: AbortSignal): Promise<void> => {
    const connection = await NativeConnection.connect(options.target);
    try {
      await connection.withDeadline(Date.now() + 5000, () =>
        connection.workflowService.describeNamespace({ namespace: options.namespace }),
      );
      if (signal.aborted) return;
      worker = await Worker.create({ ...workerOptions(options), connection });
      logger.info({ namespace: options.namespace, taskQueue: options.taskQueue }, 'polling');
      const run = worker.run();
      if (signal.aborted) worker.shutdown();
      await run;
    } finally {
      worker = undefined;
      await connection.close().catch(() => undefined);
    }
  };
  const loop = runLoop({
    round: serve,
    backoff: { firstMs: RETRY_DELAY_MS },
    onFault: (cause) => logger.warn({ err: cause }, 'the engine cannot be served; trying again'),
  });
  return {
    isReady: () => worker?.getState() === 'RUNNING',
    close: async () => {
      const closed = loop.close();
      if (worker?.getState() === 'RUNNING') worker.shutdown();
      await closed;
    },
  };
}

function workerOptions(options: InterpreterWorkerOptions): WorkerOptions {
  return {
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    workflowBundle: options.workflowBundle,
    activities: options.activities,
    dataConverter: options.dataConverter,
    sinks: options.sinks,
    interceptors: options.interceptors,
    maxConcurrentActivityTaskExecutions: options.maxActivities,
    maxConcurrentLocalActivityExecutions: options.maxActivities,
    maxConcurrentWorkflowTaskExecutions: options.maxWorkflowTasks,
    maxCachedWorkflows: options.maxCachedWorkflows,
    shutdownGraceTime: GRACE_TIME,
    shutdownForceTime: FORCE_TIME,
    // Heartbeats are paced by the task's own timeout; the SDK would thin them out to 80 % of it.
    maxHeartbeatThrottleInterval: '50ms',
    defaultHeartbeatThrottleInterval: '1s',
  };
}
