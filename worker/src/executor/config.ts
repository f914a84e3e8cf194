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
import { withoutForeignFaultPoint } from '../shared/fault-points.js';
import { FAULT_POINTS } from './fault-points.js';

const MIN_SECRET_CHARACTERS = 32;

export const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...RUN_LIMIT_ENTRIES,
  ...TEMPORAL_ENTRIES,
  /** Port of health and metrics; 0: any free one. */
  healthPort: integer('WORKER_HEALTH_PORT', 8080, { min: 0, max: 65_535 }),
  host: text('HOST', '127.0.0.1'),
  /**
   * The engine, as `host:port`; where command-service and projection-service have none, schedules are said not to
   * fire.
   */
  temporalAddress: text('TEMPORAL_ADDRESS'),
  /** Namespace of the engine that has the runs. */
  temporalNamespace: text('TEMPORAL_NAMESPACE', 'flows'),
  /** Queue that executor and worker meet at. */
  temporalTaskQueue: text('TEMPORAL_TASK_QUEUE', 'flows-main'),
  /** What execution tokens are signed with, at least 32 characters, the same for executor and worker. */
  tokenSecret: text('FLOW_EXECUTION_TOKEN_SECRET'),
  /** Bytes up to which a value travels inside messages and payloads. */
  payloadInlineMaxBytes: integer('FLOWS_PAYLOAD_INLINE_MAX_BYTES', 131_072, { min: 1 }),
  /** Engine calls under way at once. */
  engineConcurrency: integer('FLOWS_ENGINE_CONCURRENCY', 96, { min: 1, max: 1000 }),
  /** Runs being closed at once. */
  closeConcurrency: integer('FLOWS_CLOSE_CONCURRENCY', 24, { min: 1, max: 1000 }),
  /**
   * What runs are closed from. `history`: what the engine recorded; `audit`: the same, and compared with what the journal
   * (the log of runs) alone would say, in counters and the log; `journal`: the journal, and the history where it is not whole.
   */
  closeFrom: oneOf('FLOWS_CLOSE_FROM', ['history', 'audit', 'journal'], 'history'),
  /** Bytes of values of runs being closed that may be in memory at once. */
  closeMaxBytes: integer('FLOWS_CLOSE_MAX_BYTES', 268_435_456, { min: 1_048_576 }),
  /** Pause between two looks for runs that the engine has closed. */
  sweepIntervalMs: durationMs('FLOWS_SWEEP_INTERVAL', 5000),
  /** How far each look reaches back before the end of the last one. */
  sweepOverlapMs: durationMs('FLOWS_SWEEP_OVERLAP', 20_000),
  /** How long an event whose effect fails while others succeed is tried, before it becomes a dead letter. */
  setAsideAfterMs: durationMs('FLOWS_EXECUTOR_SET_ASIDE_AFTER', 10 * 60 * 1000),
  /** Pause between two looks for open runs that the engine does not know. */
  lostRunIntervalMs: durationMs('FLOWS_LOST_RUN_INTERVAL', 5 * 60 * 1000),
  /** Begin at the start of a log whose position is lost. */
  fromStart: flag('FLOWS_EXECUTOR_FROM_START', false),
  /** Fires of a schedule that are made up for after an outage. */
  maxCatchupFires: integer('FLOWS_CRON_MAX_CATCHUP', 1000, { min: 1, max: 10_000 }),
  /** Refused fires in a row after which a schedule is paused; 0: never. */
  maxRefusedFires: integer('FLOWS_CRON_MAX_REFUSALS', 1000, { min: 0 }),
  /** Pause between two comparisons of the engine's schedules with the log. */
  reconcileIntervalMs: durationMs('FLOWS_SCHEDULE_RECONCILE_INTERVAL', 20_000),
  /** How long a closed run can be read, and the engine keeps it. */
  runRetentionMs: durationMs('FLOWS_RUN_RETENTION', 7 * 24 * 60 * 60 * 1000),
  /** Pause between two looks for payloads that no run uses any more. */
  payloadRetentionIntervalMs: durationMs('FLOWS_PAYLOAD_RETENTION_INTERVAL', 60 * 60 * 1000),
  /**
   * Place where a test ends the process; refused in production. In command-service the places of the decider, with a
   * comma between.
   */
  faultPoint: optional(oneOf('FLOWS_FAULT_POINT', FAULT_POINTS)),
};

export type ExecutorConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every faulty variable */
export function readExecutorConfig(env: Readonly<Record<string, string | undefined>>): ExecutorConfig {
  return readConfig(
    withoutForeignFaultPoint(env, 'executor-'),
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
