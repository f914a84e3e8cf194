import {
  CONNECTION_ENTRIES,
  connectionFaults,
  durationMs,
  engineFaults,
  flag,
  integer,
  oneOf,
  optional,
  readConfig,
  TEMPORAL_ENTRIES,
  text,
  type ConfigOf,
} from '@flowplane/plumbing/config';
import { RUN_LIMIT_ENTRIES } from '../shared/run-limits.js';
import { FAULT_POINTS } from './fault-points.js';

const MIN_SECRET_CHARACTERS = 32;

const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...RUN_LIMIT_ENTRIES,
  ...TEMPORAL_ENTRIES,
  healthPort: integer('WORKER_HEALTH_PORT', 8080, { min: 0, max: 65_535 }),
  host: text('HOST', '127.0.0.1'),
  temporalAddress: text('TEMPORAL_ADDRESS'),
  temporalNamespace: text('TEMPORAL_NAMESPACE', 'flows'),
  temporalTaskQueue: text('TEMPORAL_TASK_QUEUE', 'flows-main'),
  tokenSecret: text('FLOW_EXECUTION_TOKEN_SECRET'),
  /** Bytes up to which a value travels inside messages and payloads. */
  payloadInlineMaxBytes: integer('FLOWS_PAYLOAD_INLINE_MAX_BYTES', 131_072, { min: 1 }),
  /** Engine calls under way at once. */
  engineConcurrency: integer('FLOWS_ENGINE_CONCURRENCY', 96, { min: 1, max: 1000 }),
  /** Runs being closed at once. */
  closeConcurrency: integer('FLOWS_CLOSE_CONCURRENCY', 24, { min: 1, max: 1000 }),
  closeMaxBytes: integer('FLOWS_CLOSE_MAX_BYTES', 268_435_456, { min: 1_048_576 }),
  sweepIntervalMs: durationMs('FLOWS_SWEEP_INTERVAL', 5000),
  sweepOverlapMs: durationMs('FLOWS_SWEEP_OVERLAP', 20_000),
  setAsideAfterMs: durationMs('FLOWS_EXECUTOR_SET_ASIDE_AFTER', 10 * 60 * 1000),
  lostRunIntervalMs: durationMs('FLOWS_LOST_RUN_INTERVAL', 5 * 60 * 1000),
  /** Begin at the start of a log whose position is lost. */
  fromStart: flag('FLOWS_EXECUTOR_FROM_START', false),
  /** Fires of a schedule that are made up for after an outage. */
  maxCatchupFires: integer('FLOWS_CRON_MAX_CATCHUP', 1000, { min: 1, max: 10_000 }),
  /** Refused fires in a row after which a schedule is paused; 0: never. */
  maxRefusedFires: integer('FLOWS_CRON_MAX_REFUSALS', 1000, { min: 0 }),
  reconcileIntervalMs: durationMs('FLOWS_SCHEDULE_RECONCILE_INTERVAL', 20_000),
  runRetentionMs: durationMs('FLOWS_RUN_RETENTION', 7 * 24 * 60 * 60 * 1000),
  /** Pause between two looks for payloads that no run uses any more. */
  payloadRetentionIntervalMs: durationMs('FLOWS_PAYLOAD_RETENTION_INTERVAL', 60 * 60 * 1000),
  faultPoint: optional(oneOf('FLOWS_FAULT_POINT', FAULT_POINTS)),
};

export type ExecutorConfig = ConfigOf<typeof ENTRIES>;

/**
 * Another process's fault point is none of ours: the variable is shared by all of them.
 *
 * @throws InvalidConfig naming every faulty variable
 */
export function readExecutorConfig(env: Readonly<Record<string, string | undefined>>): ExecutorConfig {
  const named = env['FLOWS_FAULT_POINT'];
  const foreign = named !== undefined && named !== '' && !named.startsWith('executor-');
  return readConfig(
    foreign ? { ...env, FLOWS_FAULT_POINT: undefined } : env,
    ENTRIES,
    connectionFaults,
    engineFaults,
    executorFaults,
  );
}

function executorFaults({ tokenSecret, nodeEnv, faultPoint }: Partial<ExecutorConfig>): readonly string[] {
  return [
    ...(tokenSecret !== undefined && tokenSecret.length < MIN_SECRET_CHARACTERS
      ? [`FLOW_EXECUTION_TOKEN_SECRET must have at least ${MIN_SECRET_CHARACTERS} characters`]
      : []),
    ...(nodeEnv === 'production' && faultPoint !== undefined ? ['FLOWS_FAULT_POINT is refused in production'] : []),
  ];
}
