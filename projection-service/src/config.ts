import {
  ANSWER_ENTRIES,
  CONNECTION_ENTRIES,
  connectionFaults,
  durationMs,
  HTTP_ENTRIES,
  optional,
  PROVISIONING_ENTRIES,
  provisioningFaults,
  readConfig,
  text,
  SECRET_KEY_ENTRIES,
  type ConfigOf,
} from '@flowplane/plumbing/config';
import { QUOTA_ENTRIES } from '@flowplane/runtime/quotas';

const DAY_MS = 24 * 60 * 60 * 1000;

export const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...HTTP_ENTRIES,
  ...ANSWER_ENTRIES,
  ...SECRET_KEY_ENTRIES,
  ...QUOTA_ENTRIES,
  ...PROVISIONING_ENTRIES,
  /** How long the outcome of a command can be asked for. */
  commandRetentionMs: durationMs('FLOWS_COMMAND_RETENTION', DAY_MS),
  runRetentionMs: durationMs('FLOWS_RUN_RETENTION', 7 * DAY_MS),
  /** Pause between two looks for rows past their retention. */
  retentionIntervalMs: durationMs('FLOWS_RETENTION_INTERVAL', 60_000),
  temporalAddress: optional(text('TEMPORAL_ADDRESS')),
};

export type ProjectionServiceConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every faulty variable. */
export function readProjectionServiceConfig(
  env: Readonly<Record<string, string | undefined>>,
): ProjectionServiceConfig {
  return readConfig(env, ENTRIES, connectionFaults, provisioningFaults(env));
}
