import { beginningOf } from '../json/beginning-of.js';
import { MAX_ATTEMPT_MESSAGE, type NodeAttempt, type NodeFrame } from './messages/frame.js';

/** What an attempt shows that the engine gave up: its worker was lost, or its time was over (flows-api 9.5). */
export const TIMED_OUT_MESSAGE = 'Activity timed out';

/** An attempt after one more frame about it. @param frame no `scheduled` or `skipped` one, and of no reused node */
export function attemptAfter(before: NodeAttempt | undefined, frame: NodeFrame): NodeAttempt {
  const { attemptNumber, error, nextAttemptAt } = frame;
  return {
    status: attemptStatus(frame),
    attemptNumber,
    startedAt: frame.startedAt ?? before?.startedAt ?? null,
    completedAt: frame.completedAt ?? before?.completedAt ?? null,
    ...(error === null ? {} : { error: attemptError(error) }),
    ...(nextAttemptAt === null ? {} : { nextAttemptAt }),
  };
}

/** An attempt that another one follows, and that nobody told the end of: its worker was lost. */
export const givenUp = (attempt: NodeAttempt): NodeAttempt => ({
  ...attempt,
  status: 'failed',
  error: { message: TIMED_OUT_MESSAGE },
});

/** Whether that is all that is known of its end. */
export const isGivenUp = ({ status, error }: NodeAttempt): boolean =>
  status === 'failed' && error?.message === TIMED_OUT_MESSAGE;

/** What a node failed with, as its attempt shows it. */
export const attemptError = ({ message }: { readonly message: string }): NonNullable<NodeAttempt['error']> => ({
  message: message.length > MAX_ATTEMPT_MESSAGE ? `${beginningOf(message, MAX_ATTEMPT_MESSAGE)}…` : message,
});

/** A node that is `retrying` has an attempt that failed, or one that has begun. */
function attemptStatus({ status, error }: NodeFrame): NodeAttempt['status'] {
  if (status !== 'retrying') return status;
  return error === null ? 'started' : 'failed';
}
