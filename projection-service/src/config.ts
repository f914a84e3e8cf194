import {
  CONNECTION_ENTRIES,
  durationMs,
  flag,
  HTTP_ENTRIES,
  integer,
  json,
  readConfig,
  type ConfigOf,
} from '@flowplane/infra/config';
import { parseQuotaOverrides } from './queries/quota-limits.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const quota = (name: string, fallback: number) => integer(`FLOWS_QUOTA_${name}`, fallback, { min: -1 });

const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...HTTP_ENTRIES,
  /** How long the outcome of a command can be asked for. */
  commandRetentionMs: durationMs('FLOWS_COMMAND_RETENTION', DAY_MS),
  /** How long a closed run can be read. */
  runRetentionMs: durationMs('FLOWS_RUN_RETENTION', 7 * DAY_MS),
  /** Pause between two looks for rows past their retention. */
  retentionIntervalMs: durationMs('FLOWS_RETENTION_INTERVAL', 60_000),
  quotasEnabled: flag('FLOWS_QUOTAS', true),
  maxFlows: quota('MAX_FLOWS', 50),
  maxFlowVersions: quota('MAX_FLOW_VERSIONS', 20),
  maxConcurrentExecutions: quota('MAX_CONCURRENT_EXECUTIONS', 10),
  flowStartsPerMinute: quota('FLOW_STARTS_PER_MINUTE', 60),
  flowSignalRatePerMinute: quota('FLOW_SIGNAL_RATE_PER_MINUTE', 120),
  quotaOverrides: json('FLOWS_QUOTA_OVERRIDES', parseQuotaOverrides, {}),
};

export type ProjectionServiceConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every faulty variable. */
export function readProjectionServiceConfig(
  env: Readonly<Record<string, string | undefined>>,
): ProjectionServiceConfig {
  return readConfig(env, ENTRIES);
}
