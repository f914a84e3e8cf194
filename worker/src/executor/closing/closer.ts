import { setMaxListeners } from 'node:events';
import type { Logger } from '@flowplane/plumbing/logging';
import { CallAbandoned } from '../../shared/engine-gate.js';
import { makeLimiter } from '@flowplane/plumbing/limiter';
import type { KeyedQueue } from '../intake/keyed-queue.js';
import { makeHintPause } from './hint-pause.js';
import type { CloseRunPorts } from './close-ports.js';
import { closeRun } from './close-run.js';

/** Closes runs, each once at a time. What it cannot do now it drops: the sweep finds every run that is still open. */
export type Closer = {
  /** The run is about to end, says its worker. */
  readonly hint: (executionId: string) => void;
  /** The run is over, says the engine. @returns false when it could not be reported and must be looked at again */
  readonly close: (executionId: string) => Promise<boolean>;
  readonly inHand: () => number;
  readonly stop: () => void;
};

export type CloserOptions = CloseRunPorts & {
  readonly queue: KeyedQueue;
  readonly maxConcurrent: number;
  readonly logger: Pick<Logger, 'warn' | 'debug'>;
};

/** Longest wait for the end of a run whose worker said it is coming. */
const HINT_WAIT_MS = 10_000;
/** A run reported this recently is not looked at again: the read model may lag behind. */
const REPORTED_FOR_MS = 30_000;
const MAX_IN_HAND = 5000;

export function makeCloser(options: CloserOptions): Closer {
  const { queue, logger } = options;
  const pause = makeHintPause();
  const limiter = makeLimiter(options.maxConcurrent);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const inHand = new Map<string, Promise<boolean>>();
  /** Execution id → when it was reported; in that order. */
  const reported = new Map<string, number>();

  const remember = (executionId: string): void => {
    const now = Date.now();
    reported.set(executionId, now);
    for (const [oldest, at] of reported) {
      if (now - at < REPORTED_FOR_MS) break;
      reported.delete(oldest);
    }
  };
  const closeOnce = async (executionId: string, waitMs: number): Promise<boolean> => {
    try {
      // In the run's own order, so that a start being reported is in the log before the end.
      const outcome = await queue.run(executionId, () =>
        limiter.run(() => closeRun(options, executionId, waitMs, stopping.signal)),
      );
      if (waitMs > 0) pause.learn(outcome !== 'reported');
      if (outcome === 'reported' || outcome === 'reported-late') remember(executionId);
      else logger.debug({ executionId, outcome }, 'a run was not closed');
      return outcome !== 'open';
    } catch (cause) {
      if (!(cause instanceof CallAbandoned)) {
        logger.warn({ executionId, err: cause }, 'a run could not be closed; the sweep tries again');
      }
      return false;
    }
  };
  const begin = (executionId: string, waitMs: number): Promise<boolean> => {
    const begun = inHand.get(executionId);
    if (begun !== undefined) return begun;
    const reportedAt = reported.get(executionId);
    if (reportedAt !== undefined && Date.now() - reportedAt < REPORTED_FOR_MS) return Promise.resolve(true);
    const work = closeOnce(executionId, waitMs).finally(() => inHand.delete(executionId));
    inHand.set(executionId, work);
    return work;
  };

  return {
    hint: (executionId) => {
      if (stopping.signal.aborted || inHand.size >= MAX_IN_HAND) return;
      setTimeout(() => void begin(executionId, HINT_WAIT_MS), pause.ms()).unref();
    },
    close: (executionId) => (stopping.signal.aborted ? Promise.resolve(false) : begin(executionId, 0)),
    inHand: () => inHand.size,
    stop: () => stopping.abort(),
  };
}
