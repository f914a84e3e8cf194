import { integer, readConfig, type ConfigOf } from '@flowplane/plumbing/config';

const port = { min: 0, max: 65_535 };

export const ENTRIES = {
  /** Port of the REST part of command-service, where all services are one process. */
  commandPort: integer('FLOWS_COMPACT_COMMAND_PORT', 8081, port),
  /** The same of projection-service. */
  projectionPort: integer('FLOWS_COMPACT_PROJECTION_PORT', 8082, port),
  /** The same of trigger-service. */
  triggerPort: integer('FLOWS_COMPACT_TRIGGER_PORT', 8083, port),
  /** The same of monitor-service. */
  monitorPort: integer('FLOWS_COMPACT_MONITOR_PORT', 8084, port),
  /** Port of health and metrics of the executor, where all services are one process. */
  executorPort: integer('FLOWS_COMPACT_EXECUTOR_PORT', 9464, port),
  /** The same of the worker. */
  workerPort: integer('FLOWS_COMPACT_WORKER_PORT', 9465, port),
};

/** @throws InvalidConfig naming every faulty variable */
export function readCompactConfig(env: Readonly<Record<string, string | undefined>>): ConfigOf<typeof ENTRIES> {
  return readConfig(env, ENTRIES);
}
