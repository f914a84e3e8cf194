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

const GATEWAY_ENTRIES = {
  port: integer('PORT', 8080, { min: 0, max: 65_535 }),
  host: text('HOST', '127.0.0.1'),
  commandServiceUrl: text('COMMAND_SERVICE_URL'),
  projectionServiceUrl: text('PROJECTION_SERVICE_URL'),
  triggerServiceUrl: text('TRIGGER_SERVICE_URL'),
  monitorServiceUrl: text('MONITOR_SERVICE_URL'),
  /** Only their metrics are asked for. */
  executorUrl: optional(url('EXECUTOR_URL')),
  workerUrl: optional(url('WORKER_URL')),
  sharedSecret: optional(text('GATEWAY_SHARED_SECRET')),
  corsOrigins: origins('FLOWS_CORS_ORIGINS', []),
  connectWindowMs: durationMs('GATEWAY_CONNECT_WINDOW', 5_000),
};

export type GatewayConfig = ConfigOf<typeof GATEWAY_ENTRIES>;

/** @throws InvalidConfig naming every variable that is missing or malformed. */
export function gatewayConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  return readConfig(env, GATEWAY_ENTRIES);
}
