import type { Logger } from '@flowplane/plumbing/logging';
import { runLoop } from '@flowplane/plumbing/periodic';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { overflowQueue } from '../shared/moved-task.js';
import type { EngineTarget } from '../shared/temporal-connection.js';
import type { WorkerConnection } from '../shared/worker-connection.js';
import type { ProvisioningActivities } from '../provisioning/workflow/activities.js';
import type { LocalActivities } from './workflow/local-activities.js';
import type { TaskActivities } from './workflow/perform-task.js';

export type InterpreterWorkerOptions = {
  readonly target: EngineTarget;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly workflowBundle: { readonly code: string };
  readonly activities: TaskActivities & LocalActivities & ProvisioningActivities;
  readonly dataConverter: DataConverter;
  readonly sinks: NonNullable<WorkerOptions['sinks']>;
  readonly interceptors: NonNullable<WorkerOptions['interceptors']>;
  /** Attempts at once of tasks of the task queue, and of those of its overflow queue. */
  readonly maxActivities: number;
  readonly maxOverflowActivities: number;
  readonly maxWorkflowTasks: number;
  readonly maxCachedWorkflows: number;
  /** Is given the connection while the workers poll over it. */
  readonly shared?: Pick<WorkerConnection, 'replace'> | undefined;
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
  let workers: readonly Worker[] = [];

  const serve = async (signal: AbortSignal): Promise<void> => {
    const connection = await NativeConnection.connect(options.target);
    try {
      await connection.withDeadline(Date.now() + 5000, () =>
        connection.workflowService.describeNamespace({ namespace: options.namespace }),
      );
      if (signal.aborted) return;
      workers = await Promise.all(
        [mainOptions(options), overflowOptions(options)].map((some) => Worker.create({ ...some, connection })),
      );
      logger.info({ namespace: options.namespace, taskQueue: options.taskQueue }, 'polling');
      options.shared?.replace(connection);
      await runTogether(workers, signal);
    } finally {
      workers = [];
      options.shared?.replace(undefined);
      await connection.close().catch(() => undefined);
    }
  };
  const loop = runLoop({
    round: serve,
    backoff: { firstMs: RETRY_DELAY_MS },
    onFault: (cause) => logger.warn({ err: cause }, 'the engine cannot be served; trying again'),
  });
  return {
    isReady: () => workers.length > 0 && workers.every((worker) => worker.getState() === 'RUNNING'),
    close: async () => {
      const closed = loop.close();
      options.shared?.replace(undefined);
      stop(workers);
      await closed;
    },
  };
}

/** Runs until they are stopped, or one of them ends: then the others do as well. */
async function runTogether(workers: readonly Worker[], signal: AbortSignal): Promise<void> {
  const runs = workers.map((worker) => worker.run().finally(() => stop(workers)));
  if (signal.aborted) stop(workers);
  const ends = await Promise.allSettled(runs);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function stop(workers: readonly Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}

function mainOptions(options: InterpreterWorkerOptions): WorkerOptions {
  return {
    ...commonOptions(options),
    taskQueue: options.taskQueue,
    workflowBundle: options.workflowBundle,
    sinks: options.sinks,
    maxConcurrentActivityTaskExecutions: options.maxActivities,
    maxConcurrentLocalActivityExecutions: options.maxActivities,
    maxConcurrentWorkflowTaskExecutions: options.maxWorkflowTasks,
    maxCachedWorkflows: options.maxCachedWorkflows,
  };
}

/** Of tasks that were moved, see `moved-task.ts`. */
function overflowOptions(options: InterpreterWorkerOptions): WorkerOptions {
  return {
    ...commonOptions(options),
    taskQueue: overflowQueue(options.taskQueue),
    maxConcurrentActivityTaskExecutions: options.maxOverflowActivities,
    maxConcurrentActivityTaskPolls: 2,
  };
}

function commonOptions(options: InterpreterWorkerOptions): Omit<WorkerOptions, 'taskQueue'> {
  return {
    namespace: options.namespace,
    activities: options.activities,
    dataConverter: options.dataConverter,
    interceptors: options.interceptors,
    shutdownGraceTime: GRACE_TIME,
    shutdownForceTime: FORCE_TIME,
    // Heartbeats are paced by the task's own timeout; the SDK would thin them out to 80 % of it.
    maxHeartbeatThrottleInterval: '50ms',
    defaultHeartbeatThrottleInterval: '1s',
  };
}
