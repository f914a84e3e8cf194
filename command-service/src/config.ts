import {
  flag,
  optional,
  text,
  durationMs,
  integer,
  oneOf,
  list,
  ANSWER_ENTRIES,
  COMMAND_LOG_ENTRIES,
  CONNECTION_ENTRIES,
  connectionFaults,
  HTTP_ENTRIES,
  INPUT_ENTRIES,
  PROVISIONING_ENTRIES,
  provisioningFaults,
  readConfig,
  SECRET_KEY_ENTRIES,
  type ConfigEntry,
  type ConfigOf,
} from '@flowplane/plumbing/config';
import { EVENT_TOPIC_ENTRIES } from '@flowplane/runtime/event-topics';
import { QUOTA_ENTRIES } from '@flowplane/runtime/quotas';
import { MASTER_KEY_ENTRIES, masterKeyFaults } from '@flowplane/runtime/secrets';
import { TEARDOWN_FAULT_POINTS } from './routes/operator/teardown/fault-points.js';

const ROLES: readonly string[] = ['shell', 'decider'];
const ROLES_LIST = list('FLOWS_COMMAND_ROLES', ROLES);
const ROLES_ENTRY: ConfigEntry<readonly string[]> = {
  ...ROLES_LIST,
  form: '`shell`, `decider`, or both with a comma between',
  parse: (value) => {
    const given = ROLES_LIST.parse(value);
    if (given.length === 0 || !given.every((role) => ROLES.includes(role))) {
      throw new Error(`must be one or both of ${ROLES.join(', ')}, with a comma between`);
    }
    return given;
  },
};

export const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...HTTP_ENTRIES,
  ...ANSWER_ENTRIES,
  ...COMMAND_LOG_ENTRIES,
  ...SECRET_KEY_ENTRIES,
  ...MASTER_KEY_ENTRIES,
  ...QUOTA_ENTRIES,
  ...INPUT_ENTRIES,
  ...EVENT_TOPIC_ENTRIES,
  ...PROVISIONING_ENTRIES,
  /** Longest time that an answer waits for the end of a run of a template. */
  maxRunWaitMs: durationMs('FLOWS_PROVISIONING_MAX_WAIT', 300_000, { max: 3_600_000 }),
  /** Parts this process runs: REST shell, decider, or both. */
  roles: ROLES_ENTRY,
  temporalAddress: optional(text('TEMPORAL_ADDRESS')),
  echoTasks: flag('FLOWS_DEV_ECHO_TASKS', false),
  /** Whether a signal without `approved` is an approval. */
  lenientSignals: flag('FLOWS_LENIENT_SIGNALS', false),
  /** How long a webhook's secret stays valid after a rotation. */
  webhookRotationGraceMs: durationMs('FLOWS_WEBHOOK_ROTATION_GRACE', 0),
  /** Workspaces that a tenant may claim; operators may assign more. */
  maxWorkspaces: integer('FLOWS_MAX_WORKSPACES', 1000, { min: 0 }),
  /** Connections that a workspace may have. */
  maxConnections: integer('FLOWS_MAX_CONNECTIONS', 100, { min: 0, max: 10_000 }),
  /** Nodes of a definition. */
  maxNodes: integer('FLOWS_MAX_NODES', 1000, { min: 1 }),
  /** Triggers of a definition. */
  maxTriggers: integer('FLOWS_MAX_TRIGGERS', 100, { min: 1, max: 1000 }),
  /** Shortest time between two fires of a flow's schedule. */
  cronMinIntervalMs: durationMs('FLOWS_CRON_MIN_INTERVAL', 1000, { min: 1000, max: 86_400_000 }),
  /** Bytes of a definition that is published or validated. */
  maxDefinitionBytes: integer('FLOWS_MAX_DEFINITION_BYTES', 3_145_728, { min: 1 }),
  exprMaxLength: integer('FLOWS_EXPR_MAX_LENGTH', 4096, { min: 1 }),
  subFlowMaxDepth: integer('FLOWS_SUBFLOW_MAX_DEPTH', 10, { min: 0 }),
  subFlowMaxRuns: integer('FLOWS_SUBFLOW_MAX_RUNS', 1000, { min: 0, max: 1_000_000 }),
  /** Threads that check documents too large for the event loop. */
  validationThreads: integer('FLOWS_VALIDATION_THREADS', 2, { min: 1, max: 16 }),
  /** The longest such check. */
  validationTimeoutMs: durationMs('FLOWS_VALIDATION_TIMEOUT', 20_000),
  /** How long a stale command is left to the shell that sent it, before any other brings it to an outcome. */
  staleGraceMs: durationMs('FLOWS_STALE_GRACE', 60_000),
  runRetentionMs: durationMs('FLOWS_RUN_RETENTION', 7 * 86_400_000),
  // What the decider remembers of each tenant, and for how long.
  /** How long the decider remembers an Idempotency-Key. */
  idempotencyTtlMs: durationMs('FLOWS_IDEMPOTENCY_TTL', 24 * 60 * 60 * 1000),
  /** Live Idempotency-Keys a tenant may have; beyond it commands with a new key are refused. */
  maxIdempotencyKeys: integer('FLOWS_IDEMPOTENCY_MAX_KEYS', 100_000, { min: 1 }),
  /** How long the decider remembers what a trigger has started. */
  dedupeRetentionMs: durationMs('FLOWS_WEBHOOK_DEDUPE_RETENTION', 7 * 24 * 60 * 60 * 1000),
  /** Such fires that a tenant may have. */
  maxFired: integer('FLOWS_TRIGGER_MAX_FIRED', 500_000, { min: 1 }),
  /** Pause between two snapshots of what the decider knows of a partition. */
  snapshotIntervalMs: durationMs('FLOWS_SNAPSHOT_INTERVAL', 10_000),
  /** Place in a teardown where a test ends the process; refused in production. */
  teardownFaultPoint: optional(oneOf('FLOWS_TEARDOWN_FAULT_POINT', TEARDOWN_FAULT_POINTS)),
  /** Level from which on lines are logged. */
  logLevel: oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
};

export type CommandServiceConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every faulty variable. */
export function readCommandServiceConfig(env: Readonly<Record<string, string | undefined>>): CommandServiceConfig {
  return readConfig(env, ENTRIES, connectionFaults, masterKeyFaults, provisioningFaults(env));
}
