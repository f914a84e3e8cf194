import { setTimeout as sleep } from 'node:timers/promises';
import { progressNameOf } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { minPosition, waitPreference, type Call } from '../api/index.js';
import type { ProgressTracker } from './progress-tracker.js';

/** What a position that a client asks for is waited for with. */
export type PositionWait = {
  readonly progress: Pick<ProgressTracker, 'waitFor' | 'connected'>;
  readonly partitions: number;
  /** FLOWS_COMMAND_WAIT */
  readonly commandWaitMs: number;
};

/**
 * Waits until the read models have the position of `x-flows-min-position`, as long as the client prefers to wait.
 *
 * @throws Refusal 400 INVALID_POSITION, 504 POSITION_NOT_REACHED, 503 STORE_UNAVAILABLE
 */
export async function awaitMinPosition({ progress, partitions, commandWaitMs }: PositionWait, call: Call) {
  const position = minPosition(call);
  if (position === undefined) return;
  const { partition, offset } = position;
  if (partition >= partitions) throw refusal('INVALID_POSITION');
  const deadlineMs = Date.now() + waitPreference(call, commandWaitMs).waitMs;
  if (await progress.waitFor([progressNameOf(position)], partition, offset, deadlineMs, call.signal)) return;
  // Without its notifications nothing is known of the store's progress: it is the store that cannot be reached.
  throw progress.connected() ? refusal('POSITION_NOT_REACHED') : refusal('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
}

/** A place that the read models must have reached: everything of `partition` below `offset`. */
export type AsOf = {
  readonly progress: Pick<ProgressTracker, 'waitFor'>;
  /** Of the progress, as the tracker knows it. */
  readonly name: string;
  readonly partition: number;
  readonly offset: number;
  readonly signal: AbortSignal;
};

/** The rows were read at an earlier position than is asked for, and the answer is not among them. */
export const BEHIND = Symbol('the read models are behind');

const WAIT_SLICE_MS = 5000;
const LOOK_AGAIN_MS = 100;

/**
 * Reads something as of a position, or waits for it.
 *
 * @param look reads rows and progress of one moment
 * @param first `wait`: what was read before the position would be wrong; `look`: it mostly is there already
 * @returns BEHIND when the signal fired first
 */
export async function readAsOf<T>(
  { progress, name, partition, offset, signal }: AsOf,
  look: () => Promise<T | typeof BEHIND>,
  first: 'wait' | 'look',
): Promise<T | typeof BEHIND> {
  for (let isLook = first === 'look'; !signal.aborted; isLook = false) {
    if (!isLook && !(await progress.waitFor([name], partition, offset, Date.now() + WAIT_SLICE_MS, signal))) continue;
    const answer = await look();
    if (answer !== BEHIND) return answer;
    // The tracker may not have heard yet that the read models are being rebuilt.
    if (!isLook) await sleep(LOOK_AGAIN_MS, undefined, { ref: false });
  }
  return BEHIND;
}
