import type { Info } from '@temporalio/activity';
import { msToNumber, type ApplicationFailure } from '@temporalio/common';

type Attempt = Pick<Info, 'attempt' | 'retryPolicy' | 'scheduledTimestampMs' | 'scheduleToCloseTimeoutMs'>;

/**
 * When the engine will try a task again that failed and will be tried again: what the failure asks for, or else the pause
 * of its policy (flow-language 8.2).
 *
 * @param failedAt epoch ms
 * @returns epoch ms; undefined where no time would be left for another attempt, or nothing tells
 */
export function nextAttemptAt(info: Attempt, failure: ApplicationFailure, failedAt: number): number | undefined {
  const pauseMs = failure.nextRetryDelay ? msToNumber(failure.nextRetryDelay) : pauseOf(info);
  if (pauseMs === undefined) return undefined;
  const due = Math.ceil(failedAt + pauseMs);
  const { scheduledTimestampMs, scheduleToCloseTimeoutMs: boundMs } = info;
  const isTooLate = boundMs > 0 && due > scheduledTimestampMs + boundMs;
  return isTooLate || !Number.isSafeInteger(due) ? undefined : due;
}

function pauseOf({ attempt, retryPolicy }: Attempt): number | undefined {
  const { initialInterval, backoffCoefficient = 2, maximumInterval } = retryPolicy ?? {};
  if (initialInterval === undefined) return undefined;
  const pauseMs = msToNumber(initialInterval) * backoffCoefficient ** (attempt - 1);
  return maximumInterval === undefined ? pauseMs : Math.min(pauseMs, msToNumber(maximumInterval));
}
