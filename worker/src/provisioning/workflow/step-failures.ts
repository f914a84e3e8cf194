import type { NodeFailure } from '@flowplane/contracts';
import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { StepFailureDetail } from '../run.js';

/** How an activity of a node failed, as the state shows it (provisioning 8.3). */
export function nodeFailure(thrown: unknown): NodeFailure {
  const cause = causeOf(thrown);
  const detail = detailOf(cause);
  if (detail !== undefined && cause instanceof ApplicationFailure) {
    return { class: detail.class, message: cause.message, status: detail.status };
  }
  if (isCancellation(thrown)) return stepFailure('The step was cancelled.');
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'HEARTBEAT') {
    return stepFailure('The worker that ran the step was lost.');
  }
  if (cause instanceof TimeoutFailure) return { class: 'TimeoutException', message: '', status: 500 };
  return stepFailure('The step failed unexpectedly.');
}

/** Whether nobody knows what the server has done: an attempt that does not say was lost, or ended with its worker. */
export const isLeftOpen = (thrown: unknown): boolean => detailOf(causeOf(thrown))?.isOutcomeUnknown ?? true;

const stepFailure = (message: string): NodeFailure => ({ class: 'WorkflowStepException', message, status: 500 });

const causeOf = (thrown: unknown): unknown => (thrown instanceof ActivityFailure ? thrown.cause : thrown);

function detailOf(cause: unknown): StepFailureDetail | undefined {
  if (!(cause instanceof ApplicationFailure)) return undefined;
  const [detail] = cause.details ?? [];
  return detail as StepFailureDetail | undefined;
}
