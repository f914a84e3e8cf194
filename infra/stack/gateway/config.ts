import {
  durationMs,
  integer,
  optional,
  origins,
  readConfig,
  text,
  url,
  type ConfigOf,
} from '@flowplane/plumbing/config';

export const ENTRIES = {
  port: integer('PORT', 8080, { min: 0, max: 65_535 }),
  host: text('HOST', '127.0.0.1'),
  /** Where command-service listens. */
  commandServiceUrl: text('COMMAND_SERVICE_URL'),
  /** Where projection-service listens. */
  projectionServiceUrl: text('PROJECTION_SERVICE_URL'),
  /** Where trigger-service listens. */
  triggerServiceUrl: text('TRIGGER_SERVICE_URL'),
  /** Where monitor-service listens. */
  monitorServiceUrl: text('MONITOR_SERVICE_URL'),
  /** Where the executor has its metrics, which the gateway joins with its own. */
  executorUrl: optional(url('EXECUTOR_URL')),
  /** Where the worker has its metrics. */
  workerUrl: optional(url('WORKER_URL')),
  sharedSecret: optional(text('GATEWAY_SHARED_SECRET')),
  corsOrigins: origins('FLOWS_CORS_ORIGINS', []),
  /** How long a connection that a service refuses is tried again. */
  connectWindowMs: durationMs('GATEWAY_CONNECT_WINDOW', 5_000),
};

export type GatewayConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every variable that is missing or malformed. */
export function gatewayConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  return readConfig(env, ENTRIES);
}
