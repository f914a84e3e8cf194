import type { RetryPolicy as FlowRetryPolicy } from '@flowplane/contracts';
import { parseDuration } from '@flowplane/contracts/flow/duration';
import { utf8Bytes } from '@flowplane/contracts/flow/json';
import { ActivityCancellationType, type ActivityOptions, type RetryPolicy } from '@temporalio/workflow';
import { TIMEOUT_CODE } from '../timeout.js';
import { invalidDuration, RunFault } from './run-fault.js';

/** Defaults of flow-language 8.2, in ms. */
export const TASK_DEFAULTS = { initialIntervalMs: 1000, backoffCoefficient: 2, startToCloseMs: 60_000 } as const;
const MAXIMUM_INTERVAL_FACTOR = 100;
/**
 * An attempt that its author gave no heartbeat is given up after this silence of its worker, in ms: else one that was
 * handed to a worker that died would wait out its whole time. The worker beats at a quarter of it, so an attempt that is
 * over by then costs the engine nothing.
 */
const LOST_WORKER_MS = 15_000;

/** The engine refuses a longer activity id, without an end: it asks the workflow again and again. */
const MAX_ACTIVITY_ID_BYTES = 1000;
/** The engine counts attempts in 32 bits. */
const MAX_ATTEMPTS = 2 ** 31 - 1;

/** Type of the failure of an attempt whose input is not kept any more: no later attempt would find it. */
export const INPUT_GONE = 'PayloadMissing';

/** Type the engine gives the expiry of one attempt when it matches it against non-retryable types. */
const ENGINE_ATTEMPT_TIMEOUT = 'TemporalTimeout:StartToClose';

/** The pauses and bounds of a task as the engine takes them. All in ms; absent means none. */
export type TaskTiming = {
  readonly initialIntervalMs: number;
  readonly backoffCoefficient: number;
  readonly maximumIntervalMs: number;
  readonly maxAttempts: number | undefined;
  readonly nonRetryableErrors: readonly string[];
  readonly startToCloseMs: number;
  readonly scheduleToCloseMs: number | undefined;
  readonly heartbeatMs: number | undefined;
};

/**
 * Retry policy and timeouts of a task node with the defaults of flow-language 8.2.
 *
 * @throws RunFault `InvalidDuration` for a text that is no duration (validation forbids it)
 */
export function taskTiming(nodeId: string, policy: FlowRetryPolicy = {}): TaskTiming {
  const { timeouts = {} } = policy;
  const given = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    const ms = parseDuration(text);
    if (ms === undefined) throw invalidDuration(nodeId, text);
    // The engine reads zero as "not set"; the shortest span it can keep stands for it.
    return Math.max(1, ms);
  };
  const initial = given(policy.initialInterval) ?? TASK_DEFAULTS.initialIntervalMs;
  const maximum = given(policy.maximumInterval) ?? initial * MAXIMUM_INTERVAL_FACTOR;
  return {
    // The pause is min(initial × coefficient^(n-1), maximum), so an initial above the maximum never shows.
    initialIntervalMs: Math.min(initial, maximum),
    backoffCoefficient: policy.backoffCoefficient ?? TASK_DEFAULTS.backoffCoefficient,
    maximumIntervalMs: maximum,
    maxAttempts: policy.maxAttempts === undefined ? undefined : Math.min(policy.maxAttempts, MAX_ATTEMPTS),
    nonRetryableErrors: policy.nonRetryableErrors ?? [],
    startToCloseMs: given(timeouts.startToClose) ?? TASK_DEFAULTS.startToCloseMs,
    scheduleToCloseMs: given(timeouts.scheduleToClose),
    heartbeatMs: given(timeouts.heartbeat),
  };
}

/**
 * What is left of a task's policy after some of its attempts, for an engine that counts from one again.
 *
 * @param elapsedMs since the task was scheduled
 */
export function timingAfter(timing: TaskTiming, attempts: number, elapsedMs: number): TaskTiming {
  const { initialIntervalMs, backoffCoefficient, maximumIntervalMs, maxAttempts, scheduleToCloseMs } = timing;
  const intervalMs = Math.round(initialIntervalMs * backoffCoefficient ** attempts);
  return {
    ...timing,
    initialIntervalMs: Math.min(intervalMs, maximumIntervalMs),
    maxAttempts: maxAttempts === undefined ? undefined : Math.max(1, maxAttempts - attempts),
    scheduleToCloseMs: scheduleToCloseMs === undefined ? undefined : Math.max(1, scheduleToCloseMs - elapsedMs),
  };
}

/**
 * Options of the one activity of a task node: its id is the node's (flow-language 8.1).
 *
 * @param tenantId whose task it is: the engine hands out the waiting tasks of tenants in turns, where it has fairness
 * @throws RunFault `ENGINE_REFUSED` for an id that the engine would refuse for good
 */
export function activityOptions(nodeId: string, timing: TaskTiming, tenantId: string): ActivityOptions {
  const idBytes = utf8Bytes(nodeId);
  if (idBytes > MAX_ACTIVITY_ID_BYTES) {
    const message = `The id of the task has ${idBytes} bytes; the engine takes ${MAX_ACTIVITY_ID_BYTES}.`;
    throw new RunFault(nodeId, 'ENGINE_REFUSED', message);
  }
  return {
    activityId: nodeId,
    // At most 64 bytes, as ids of tenants have.
    priority: { fairnessKey: tenantId },
    // A cancelled run closes at once; its attempts learn of it with their next heartbeat.
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    startToCloseTimeout: timing.startToCloseMs,
    ...(timing.scheduleToCloseMs === undefined ? {} : { scheduleToCloseTimeout: timing.scheduleToCloseMs }),
    ...heartbeatOf(timing),
    retry: engineRetries(timing),
  };
}

/** The retry policy of a task as the engine takes it. */
export function engineRetries(timing: TaskTiming): RetryPolicy {
  const codes = timing.nonRetryableErrors;
  return {
    initialInterval: timing.initialIntervalMs,
    backoffCoefficient: timing.backoffCoefficient,
    maximumInterval: timing.maximumIntervalMs,
    ...(timing.maxAttempts === undefined ? {} : { maximumAttempts: timing.maxAttempts }),
    nonRetryableErrorTypes: [...codes, INPUT_GONE, ...(codes.includes(TIMEOUT_CODE) ? [ENGINE_ATTEMPT_TIMEOUT] : [])],
  };
}

/** None where the attempt is over sooner than its worker would be taken for lost. */
function heartbeatOf({ heartbeatMs, startToCloseMs }: TaskTiming): Pick<ActivityOptions, 'heartbeatTimeout'> {
  if (heartbeatMs !== undefined) return { heartbeatTimeout: heartbeatMs };
  return startToCloseMs > LOST_WORKER_MS ? { heartbeatTimeout: LOST_WORKER_MS } : {};
}
