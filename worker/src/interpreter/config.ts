import { settingVariable } from '@flowplane/contracts';
import {
  CONNECTION_ENTRIES,
  connectionFaults,
  durationMs,
  engineFaults,
  flag,
  INPUT_ENTRIES,
  integer,
  oneOf,
  OPENSEARCH_ENTRIES,
  openSearchFaults,
  optional,
  readConfig,
  TEMPORAL_ENTRIES,
  text,
  type ConfigOf,
} from '@flowplane/plumbing/config';
import { EVENT_TOPIC_ENTRIES } from '@flowplane/runtime/event-topics';
import { QUOTA_ENTRIES } from '@flowplane/runtime/quotas';
import { MASTER_KEY_ENTRIES, masterKeyFaults } from '@flowplane/runtime/secrets';
import { withoutForeignFaultPoint } from '../shared/fault-points.js';
import { RUN_LIMIT_ENTRIES } from '../shared/run-limits.js';
import { TASK_BACKEND_ENTRIES, taskBackendFaults } from '../tasks/backend-config.js';
import { FAULT_POINTS } from './frames/fault-points.js';

const MIN_SECRET_CHARACTERS = 32;

export const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...RUN_LIMIT_ENTRIES,
  ...TEMPORAL_ENTRIES,
  ...QUOTA_ENTRIES,
  ...INPUT_ENTRIES,
  ...EVENT_TOPIC_ENTRIES,
  ...MASTER_KEY_ENTRIES,
  ...OPENSEARCH_ENTRIES,
  ...TASK_BACKEND_ENTRIES,
  isMultiTenant: flag(settingVariable({ name: 'multi_tenancy_enabled' }), false),
  temporalAddress: text('TEMPORAL_ADDRESS', '127.0.0.1:7233'),
  namespace: text('TEMPORAL_NAMESPACE', 'flows'),
  taskQueue: text('TEMPORAL_TASK_QUEUE', 'flows-main'),
  healthPort: integer('WORKER_HEALTH_PORT', 9465, { min: 0, max: 65_535 }),
  healthHost: text('HOST', '127.0.0.1'),
  tokenSecret: text('FLOW_EXECUTION_TOKEN_SECRET'),
  /** Longest life of the token of an attempt; more than 24 h counts as 24 h. */
  tokenTtlMs: durationMs('FLOWS_EXECUTION_TOKEN_TTL', 24 * 60 * 60 * 1000),
  /** CPU time of one evaluation of a flow's expressions. */
  exprTimeoutMs: durationMs('FLOWS_EXPR_TIMEOUT', 1000),
  /** Characters of an expression. */
  exprMaxLength: integer('FLOWS_EXPR_MAX_LENGTH', 4096, { min: 1 }),
  /** Evaluations of expressions at once. */
  exprThreads: integer('FLOWS_EXPR_THREADS', 2, { min: 1, max: 64 }),
  /** Bytes of the input, and of the output, of a task. */
  maxTaskIoBytes: integer('FLOWS_MAX_TASK_IO_BYTES', 2_097_152, { min: 1 }),
  /** Lines that an attempt of a task may put into the log of its run; 0: none. */
  taskLogMaxLines: integer('FLOWS_TASK_LOG_MAX_LINES', 100, { min: 0, max: 10_000 }),
  /** Their bytes. */
  taskLogMaxBytes: integer('FLOWS_TASK_LOG_MAX_BYTES', 16_384, { min: 0, max: 1_048_576 }),
  payloadInlineMaxBytes: integer('FLOWS_PAYLOAD_INLINE_MAX_BYTES', 128 * 1024, { min: 0 }),
  /** For developers: tasks of unknown types answer with their input; refused in production. */
  echoTasks: flag('FLOWS_DEV_ECHO_TASKS', false),
  /** Milliseconds that such a task takes. */
  echoDelayMs: integer('FLOWS_DEV_ECHO_DELAY_MS', 0, { min: 0, max: 3_600_000 }),
  /** Attempts of tasks at once. */
  maxActivities: integer('WORKER_MAX_ACTIVITIES', 200, { min: 1 }),
  /** Further attempts at once, of tenants that have more than their share. */
  maxOverflowActivities: integer('WORKER_MAX_OVERFLOW_ACTIVITIES', 100, { min: 1 }),
  /** Steps of runs at once. */
  maxWorkflowTasks: integer('WORKER_MAX_WORKFLOW_TASKS', 40, { min: 2 }),
  /** Runs that are kept in memory between their steps. */
  maxCachedWorkflows: integer('WORKER_MAX_CACHED_WORKFLOWS', 1000, { min: 0 }),
  faultPoint: optional(oneOf('FLOWS_FAULT_POINT', FAULT_POINTS)),
  /** At which visit to the place of `FLOWS_FAULT_POINT`. */
  faultAfter: integer('FLOWS_FAULT_AFTER', 1, { min: 1 }),
};
export type InterpreterConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every fault of the environment */
export function interpreterConfig(env: Readonly<Record<string, string | undefined>>): InterpreterConfig {
  return readConfig(
    withoutForeignFaultPoint(env, 'worker-'),
    ENTRIES,
    connectionFaults,
    engineFaults,
    openSearchFaults,
    masterKeyFaults,
    taskBackendFaults,
    interpreterFaults,
  );
}

function interpreterFaults(config: Partial<InterpreterConfig>): readonly string[] {
  const faults: string[] = [];
  if (config.tokenSecret !== undefined && config.tokenSecret.length < MIN_SECRET_CHARACTERS) {
    faults.push(`FLOW_EXECUTION_TOKEN_SECRET must have at least ${MIN_SECRET_CHARACTERS} characters`);
  }
  if (config.echoTasks === true && config.nodeEnv === 'production') {
    faults.push('FLOWS_DEV_ECHO_TASKS is refused with NODE_ENV=production');
  }
  if (config.faultPoint !== undefined && config.nodeEnv === 'production') {
    faults.push('FLOWS_FAULT_POINT is refused in production');
  }
  return faults;
}
