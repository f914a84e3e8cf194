/**
 * Type of the failure of an attempt that found no place in its worker, since its tenant holds its share: nothing was done.
 * The run schedules the task again, on the queue of `overflowQueue`. Its first detail is a `MovedTask`.
 */
export const TASK_MOVED = 'flowplane.TaskMoved';

export type MovedTask = {
  /** Attempts of the task that were performed before this one. */
  readonly attemptsBefore: number;
};

/** Queue of tasks of tenants that hold their share of a worker's places. @param taskQueue of everything else */
export const overflowQueue = (taskQueue: string): string => `${taskQueue}-overflow`;
