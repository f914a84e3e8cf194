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

/**
 * While the log has not taken what came before, nothing waits for it: each end would hold a place of the worker for nothing.
 *
 * @param onUnrecorded the engine gets the end of a task that the log has not, or not yet; not called where the attempt itself
 * has no time left, is cancelled or stops
 */
export function makeUntilKept(onUnrecorded: () => void, maxWaitMs = MAX_WAIT_MS): UntilKept {
  let isAway = false;
  return async (kept, context, startedAt) => {
    if (kept === undefined) return;
    void kept.then((isKept) => (isAway &&= !isKept));
    const leftMs = timeLeft(context.info, startedAt);
    const stopHeartbeats = startHeartbeats(context);
    const outcome = await within(kept, isAway ? 0 : Math.min(maxWaitMs, leftMs / 2), context.cancellationSignal);
    stopHeartbeats();
    if (outcome === 'kept' || outcome === 'stopped' || (outcome === 'late' && leftMs === 0)) return;
    if (outcome === 'late') isAway = true;
    onUnrecorded();
  };
}

/** Until the engine gives the attempt up, in ms. */
function timeLeft(info: Context['info'], startedAt: number): number {
  const now = Date.now();
  const left = info.startToCloseTimeoutMs - (now - startedAt);
  const { scheduleToCloseTimeoutMs: boundMs, scheduledTimestampMs } = info;
  return Math.max(0, boundMs > 0 ? Math.min(left, scheduledTimestampMs + boundMs - now) : left);
}

/** How a wait for the log ends: it has the end, will never have it, has not yet, or nobody waits any more. */
type Outcome = 'kept' | 'lost' | 'late' | 'stopped';

function within(kept: Promise<boolean>, waitMs: number, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(outcome);
    };
    const stop = (): void => end('stopped');
    const timer = setTimeout(() => end('late'), waitMs);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void kept.then((isKept) => end(isKept ? 'kept' : 'lost'));
    return undefined;
  });
}
