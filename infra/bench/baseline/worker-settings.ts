import type { WorkerSettings } from './engine-baseline.js';

/** Options of the hand-written worker: what our interpreter's worker runs with when nothing else is configured. */
export const WORKER_SETTINGS: WorkerSettings = {
  maxConcurrentActivityTaskExecutions: 200,
  maxConcurrentLocalActivityExecutions: 200,
  maxConcurrentWorkflowTaskExecutions: 40,
  maxCachedWorkflows: 1000,
  maxHeartbeatThrottleInterval: '50ms',
  defaultHeartbeatThrottleInterval: '1s',
};
