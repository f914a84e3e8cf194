import type { NativeConnection } from '@temporalio/worker';

/**
 * The worker's connection to the engine, for an executor in the same process: a run that it starts over this connection may
 * get its first workflow task with the answer, instead of by a poll of the worker.
 */
export type WorkerConnection = {
  /** Undefined while no worker polls over it. */
  readonly current: () => NativeConnection | undefined;
  /** What the worker polls over from now on. */
  readonly replace: (connection: NativeConnection | undefined) => void;
};

export function makeWorkerConnection(): WorkerConnection {
  let now: NativeConnection | undefined;
  return {
    current: () => now,
    replace: (connection) => {
      now = connection;
    },
  };
}
