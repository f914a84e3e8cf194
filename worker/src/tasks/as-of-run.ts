import { CONTROL_PROJECTION } from '@flowplane/contracts';
import { isUnavailable } from '@flowplane/plumbing/postgres';
import { BEHIND, readAsOf, type ProgressTracker } from '@flowplane/runtime/read-model';
import { retryableError, type TaskError } from './task-error.js';
import type { TaskAttempt } from './task-handler.js';

export type AsOfRunPorts = {
  /** Of the read models; opened with the first attempt that has to wait for them. */
  readonly progress: () => Pick<ProgressTracker, 'waitFor'>;
  readonly waitMs?: number;
};

type WaitFor = Parameters<ProgressTracker['waitFor']>;

/** Longest wait of an attempt for read models that are behind the start of its run. */
const BEHIND_WAIT_MS = 30_000;
/** A run that does not say where it was asked for, as those of earlier releases: what there is now counts. */
const FROM_THE_START = { partition: -1, offset: 0 };

export const notReachable = (cause: unknown): TaskError =>
  retryableError('UPSTREAM_UNAVAILABLE', 'The read models are not reachable.', { cause });

/**
 * What the read models have now, and at least what they had when the attempt's run was asked for: a change that was answered
 * before is seen, however far they are behind.
 *
 * @param look reads, with the position of that moment in a partition of the events log
 * @throws TaskError `UPSTREAM_UNAVAILABLE`
 */
export async function asOfRun<T>(
  { progress, waitMs = BEHIND_WAIT_MS }: AsOfRunPorts,
  { requestedAt, signal }: TaskAttempt,
  look: (partition: number) => Promise<{ readonly value: T; readonly nextOffset: number }>,
): Promise<T> {
  const { partition, offset } = requestedAt ?? FROM_THE_START;
  const read = async (): Promise<T | typeof BEHIND> => {
    const { value, nextOffset } = await look(partition);
    return nextOffset < offset ? BEHIND : value;
  };
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
  const place = {
    progress: { waitFor: (...given: WaitFor) => progress().waitFor(...given) },
    ...{ name: CONTROL_PROJECTION, partition, offset, signal: inTime },
  };
  let found: T | typeof BEHIND;
  try {
    found = await readAsOf(place, read, 'look');
  } catch (cause) {
    throw isUnavailable(cause) ? notReachable(cause) : cause;
  }
  if (found !== BEHIND) return found;
  throw retryableError('UPSTREAM_UNAVAILABLE', 'The read models are not as far as the start of this run yet.');
}
