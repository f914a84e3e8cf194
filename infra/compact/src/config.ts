import { integer, readConfig, type ConfigOf } from '@flowplane/plumbing/config';

const port = { min: 0, max: 65_535 };

export const ENTRIES = {
  /** Port of the REST part of command-service, where all services are one process. */
  commandPort: integer('FLOWS_COMPACT_COMMAND_PORT', 8081, port),
  /** Port of the REST part of projection-service, where all services are one process. */
  projectionPort: integer('FLOWS_COMPACT_PROJECTION_PORT', 8082, port),
  /** Port of the REST part of trigger-service, where all services are one process. */
  triggerPort: integer('FLOWS_COMPACT_TRIGGER_PORT', 8083, port),
  /** Port of the REST part of monitor-service, where all services are one process. */
  monitorPort: integer('FLOWS_COMPACT_MONITOR_PORT', 8084, port),
  /** Port of health and metrics of the executor, where all services are one process. */
  executorPort: integer('FLOWS_COMPACT_EXECUTOR_PORT', 9464, port),
  /** Port of health and metrics of the worker, where all services are one process. */
  workerPort: integer('FLOWS_COMPACT_WORKER_PORT', 9465, port),
};

/** @throws InvalidConfig naming every faulty variable */
export function readCompactConfig(env: Readonly<Record<string, string | undefined>>): ConfigOf<typeof ENTRIES> {
  return readConfig(env, ENTRIES);
}
