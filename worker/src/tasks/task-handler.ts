import type { JsonObject, LogFrame, TenantEnvelope } from '@flowplane/contracts';
import type { LogPlace, RunOrigin } from '../shared/run-input.js';

/** Puts a line into the log of the run. Never throws and never waits. */
export type TaskLog = (level: LogFrame['level'], message: string) => void;

/** What a task may know of its attempt. */
export type TaskAttempt = {
  /** Whose data the task may touch: verified. */
  readonly tenant: TenantEnvelope;
  readonly nodeId: string;
  /** What makes attempts of one node one act to a server that takes such a key: `{executionId}/{nodeId}`, never the attempt. */
  readonly idempotencyKey: string;
  /** Where in the log the run was asked for; absent where the task names no connection, and in runs of earlier releases. */
  readonly requestedAt?: LogPlace;
  /** Of the run, with the attempt's own place in the trace. */
  readonly origin: RunOrigin;
  /** Valid for this attempt only; never logged, never part of a message. */
  readonly token: string;
  /**
   * Puts a line into the log of the run, for its author to read; bounded, so for what helps to see what happened. Without
   * credentials: only the attempt's own token is masked.
   */
  readonly log: TaskLog;
  /** Aborts when the attempt is cancelled or its time is up. */
  readonly signal: AbortSignal;
};

/**
 * One task type.
 *
 * @param params evaluated input, checked against the type's schema
 * @returns the output without `status`
 * @throws TaskError, or anything else for `INTERNAL_ERROR`
 */
export type TaskHandler = (params: JsonObject, attempt: TaskAttempt) => Promise<JsonObject>;
