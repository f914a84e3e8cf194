import type { AtFaultPoint } from '../shared/fault-points.js';

/** Places where a test may end the process, as a crash would: without cleaning up. */
export const FAULT_POINTS = [
  'executor-after-start-exit',
  'executor-before-close-report-exit',
  'executor-after-close-report-exit',
  'executor-drain-schedules-exit',
  'executor-drain-runs-exit',
  'executor-drain-histories-exit',
  'executor-drain-report-exit',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];
export type AtExecutorFaultPoint = AtFaultPoint<FaultPoint>;
