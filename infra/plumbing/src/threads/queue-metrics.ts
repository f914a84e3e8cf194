import type { Metrics } from '../telemetry/index.js';

/** Events of the queue in front of a pool. */
export type QueueObserver = {
  /** Something left the queue to be done, after so many ms. */
  readonly taken: (waitedMs: number) => void;
  /** Something was not done: the queue was full, or its wait too long. */
  readonly refused: () => void;
};

const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics of one pool; once a process, since they are registered once. No tenant is named. */
export function queueMetrics(metrics: Metrics, pool: string): QueueObserver {
  const wait = metrics.histogram({
    name: 'flows_queue_wait_seconds',
    help: 'Time in the queue in front of a pool of threads.',
    labels: ['pool'],
    buckets: SECONDS,
  });
  const refused = metrics.counter({
    name: 'flows_queue_rejections_total',
    help: 'Work refused in front of a pool of threads: the queue was full, or the wait too long.',
    labels: ['pool'],
  });
  return {
    taken: (waitedMs) => wait.observe({ pool }, waitedMs / 1000),
    refused: () => refused.inc({ pool }),
  };
}
