import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { JsonObject } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import type { FailureDetail } from '../../shared/run-input.js';
import type { Dispatch } from '../../tasks/dispatch.js';
import { asTaskError, retryableError, type TaskError } from '../../tasks/task-error.js';
import { TIMEOUT_CODE, TIMEOUT_MESSAGE } from '../timeout.js';
import type { TaskLog } from '../../tasks/task-handler.js';
import type { OpenTaskLog } from '../frames/task-log.js';
import type { TaskActivities, TaskEnvelope } from '../workflow/perform-task.js';
import type { AttemptTelemetry } from './attempt-telemetry.js';
import { MAX_TIMER_MS, startHeartbeats } from './heartbeats.js';

/** The one activity: an attempt of a task with its time bound, heartbeats and error mapping. */
export function makeDispatchTask(
  dispatch: Dispatch,
  telemetry: AttemptTelemetry,
  openLog: OpenTaskLog,
  logger: Pick<Logger, 'error'>,
): TaskActivities['dispatchTask'] {
  const perform = async (
    context: Context,
    envelope: TaskEnvelope,
    traceparent: string | null,
    log: TaskLog,
  ): Promise<JsonObject> => {
    const { startToCloseTimeoutMs } = context.info;
    const ended = new AbortController();
    let timedOut = false;
    context.cancellationSignal.addEventListener('abort', () => ended.abort(), { once: true });
    const stopHeartbeats = startHeartbeats(context);
    const onTimeUp = (): void => {
      timedOut = true;
      ended.abort();
    };
    const timer = startToCloseTimeoutMs > MAX_TIMER_MS ? undefined : setTimeout(onTimeUp, startToCloseTimeoutMs);
    try {
      const bounds = { signal: ended.signal, startToCloseMs: startToCloseTimeoutMs };
      // What was decided before it is no part of its input.
      const { decided: _decided, ...asked } = envelope;
      const attempt = dispatch(asked, { ...bounds, traceparent, log });
      return await Promise.race([attempt, rejectedOn(ended.signal)]);
    } catch (thrown) {
      if (context.cancellationSignal.aborted) throw new CancelledFailure('the attempt was cancelled');
      const error = timedOut ? retryableError(TIMEOUT_CODE, TIMEOUT_MESSAGE) : asTaskError(thrown);
      if (error.code === 'INTERNAL_ERROR') {
        logger.error({ ...telemetry.fieldsOf(envelope), err: error.cause }, 'a task failed unexpectedly');
      }
      throw asFailure(error, envelope.nodeId);
    } finally {
      stopHeartbeats();
      clearTimeout(timer);
    }
  };
  return (envelope) => {
    const context = Context.current();
    const attempt = context.info.attempt + (envelope.attemptsBefore ?? 0);
    return telemetry.observe(envelope, { attempt }, async (traceparent) => {
      const { log, close } = openLog(envelope, attempt);
      return perform(context, envelope, traceparent, log).finally(close);
    });
  };
}

/** A handler that ignores its signal must not hold the attempt. */
function rejectedOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the attempt has ended')), { once: true });
  });
}

function asFailure({ code, message, retryable, retryAfterMs }: TaskError, nodeId: string): ApplicationFailure {
  const detail: FailureDetail = { nodeId };
  const delay = retryable && retryAfterMs !== undefined ? { nextRetryDelay: retryAfterMs } : {};
  const kind = { type: code, nonRetryable: !retryable };
  const failure = ApplicationFailure.create({ message, ...kind, ...delay, details: [detail] });
  // Recorded with every failed attempt; a place in the worker's code tells an author nothing.
  failure.stack = `${failure.name}: ${message}`;
  return failure;
}
