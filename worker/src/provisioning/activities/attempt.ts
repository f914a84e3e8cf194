import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Logger } from '@flowplane/plumbing/logging';
import { verifiedTenant, type TokenSettings } from '../../tasks/execution-token.js';
import { StepFailure, timeoutFailure } from '../../tasks/provisioning/step-failure.js';
import type { ProvisionRun, StepFailureDetail } from '../run.js';

export type AttemptOptions = { readonly token: TokenSettings; readonly logger: Pick<Logger, 'error'> };

export type AttemptSignals = {
  /** Aborts when the time is up, the run cancels the attempt or the worker shuts down: for what the server is asked. */
  readonly signal: AbortSignal;
  /** Aborts when the worker shuts down only: for what must be told to the log. */
  readonly life: AbortSignal;
};

const BEAT_MS = 3000;

/**
 * One attempt of an activity of a template: the run's signature is checked first, the worker shows that it lives, the time
 * is bounded, and every failure has the form that the workflow reads.
 *
 * @param timeoutMs undefined: no bound
 */
export async function attempt<T>(
  { token, logger }: AttemptOptions,
  run: Pick<ProvisionRun, 'envelope'>,
  timeoutMs: number | undefined,
  work: (signals: AttemptSignals) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  verifiedTenant(run.envelope, token);
  const ended = new AbortController();
  const life = new AbortController();
  const onCancel = (): void => {
    const { cancelRequested = false, workerShutdown = false } = context.cancellationDetails ?? {};
    // One whose run the engine has ended, or that it took for lost, goes on to its time: what it makes has to be in the log.
    if (timeoutMs === undefined || cancelRequested || workerShutdown)
      ended.abort(new CancelledFailure('the attempt was cancelled'));
    if (workerShutdown) life.abort(new CancelledFailure('the worker shuts down'));
  };
  context.cancellationSignal.addEventListener('abort', onCancel, { once: true });
  const beat = setInterval(() => context.heartbeat(), BEAT_MS);
  const clock = timeoutMs === undefined ? undefined : setTimeout(() => ended.abort(timeoutFailure()), timeoutMs);
  try {
    return await work({ signal: ended.signal, life: life.signal });
  } catch (cause) {
    // A wait that is broken off, of a timer or of the log, tells that it was, and not why.
    const thrown: unknown = ended.signal.aborted && !(cause instanceof StepFailure) ? ended.signal.reason : cause;
    if (thrown instanceof CancelledFailure) throw thrown;
    if (thrown instanceof StepFailure) throw asFailure(thrown);
    logger.error({ err: thrown, executionId: run.envelope.executionId }, 'a step of a template failed unexpectedly');
    throw thrown;
  } finally {
    clearInterval(beat);
    clearTimeout(clock);
    context.cancellationSignal.removeEventListener('abort', onCancel);
  }
}

/** Final: the server has answered, or may have done what was asked. */
function asFailure({ className, message, status, isOutcomeUnknown }: StepFailure): ApplicationFailure {
  const detail: StepFailureDetail = { class: className, status, isOutcomeUnknown };
  const failure = ApplicationFailure.create({ message, type: className, nonRetryable: true, details: [detail] });
  failure.stack = `${className}: ${message}`;
  return failure;
}
