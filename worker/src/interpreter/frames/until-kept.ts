import type { Context } from '@temporalio/activity';
import { startHeartbeats } from '../activities/heartbeats.js';

/**
 * Holds the end of an attempt back until the log has it, so that nothing the engine forgets has to be done again. Not for
 * longer than the attempt can stand: what it did is worth more than its record.
 *
 * @param kept whether the log has the end of the task, once that is known; undefined: there is nothing to wait for
 * @param startedAt of the attempt, epoch ms
 */
export type UntilKept = (kept: Promise<boolean> | undefined, context: Context, startedAt: number) => Promise<void>;

/** Longest wait for the log, ms. */
const MAX_WAIT_MS = 10_000;

/** @param onUnrecorded the engine is told of the end of a task that the log does not have, or not yet */
export function makeUntilKept(onUnrecorded: () => void, maxWaitMs = MAX_WAIT_MS): UntilKept {
  return async (kept, context, startedAt) => {
    if (kept === undefined) return;
    const stopHeartbeats = startHeartbeats(context);
    const waitMs = Math.min(maxWaitMs, timeLeft(context.info, startedAt) / 2);
    if (!(await within(kept, waitMs, context.cancellationSignal))) onUnrecorded();
    stopHeartbeats();
  };
}

/** Until the engine gives the attempt up, in ms. */
function timeLeft(info: Context['info'], startedAt: number): number {
  const now = Date.now();
  const left = info.startToCloseTimeoutMs - (now - startedAt);
  const { scheduleToCloseTimeoutMs: boundMs, scheduledTimestampMs } = info;
  return Math.max(0, boundMs > 0 ? Math.min(left, scheduledTimestampMs + boundMs - now) : left);
}

/** False as well where `signal` ends the wait. */
function within(kept: Promise<boolean>, waitMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = (): void => end(false);
    const timer = setTimeout(giveUp, waitMs);
    const end = (isKept: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(isKept);
    };
    if (signal.aborted) return end(false);
    signal.addEventListener('abort', giveUp, { once: true });
    void kept.then(end);
    return undefined;
  });
}
