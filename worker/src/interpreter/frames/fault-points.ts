import type { AtFaultPoint } from '../../shared/fault-points.js';

/**
 * Places in an attempt of a task where a test may kill the worker:
 *
 * - `after-effect`: the task has done its work, nobody knows yet
 * - `after-journal`: the log has its end, the engine does not
 * - `before-completion`: its end is on the way to the engine, which may or may not get it
 */
export const FAULT_POINTS = [
  'worker-after-effect-exit',
  'worker-after-journal-exit',
  'worker-before-completion-exit',
] as const;
export type AtWorkerFaultPoint = AtFaultPoint<(typeof FAULT_POINTS)[number]>;
