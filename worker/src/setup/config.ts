import {
  durationMs,
  engineFaults,
  PLAINTEXT_ENTRIES,
  readConfig,
  TEMPORAL_ENTRIES,
  text,
  type ConfigOf,
} from '@flowplane/plumbing/config';

const DAY_MS = 24 * 60 * 60 * 1000;

export const ENTRIES = {
  ...PLAINTEXT_ENTRIES,
  ...TEMPORAL_ENTRIES,
  temporalAddress: text('TEMPORAL_ADDRESS', '127.0.0.1:7233'),
  namespace: text('TEMPORAL_NAMESPACE', 'flows'),
  retentionMs: durationMs('FLOWS_RUN_RETENTION', 7 * DAY_MS),
  /** How long to wait for an engine that is not up yet. */
  timeoutMs: durationMs('FLOWS_SETUP_TIMEOUT', 120_000),
};
export type SetupConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every fault of the environment */
export const setupConfig = (env: Readonly<Record<string, string | undefined>>): SetupConfig =>
  readConfig(env, ENTRIES, engineFaults);
