import { OffsetOutOfRange } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { makePace, runLoop } from '@flowplane/plumbing/periodic';
import { RUN_PACE } from '@flowplane/runtime/pace';
import type { FanOut } from './fan-out.js';
import type { Tailed } from './partition-ring.js';

/** A tail of a topic, which streams join. */
export type Tail<Frame extends Tailed> = Pick<FanOut<Frame>, 'open' | 'ring' | 'streams'> & {
  /** False while the log cannot be read. */
  readonly healthy: () => boolean;
  readonly close: () => Promise<void>;
};

export type FollowOptions<Frame extends Tailed> = {
  /** What is read, for messages. */
  readonly what: string;
  readonly fanOut: FanOut<Frame>;
  /** Puts the reader to where the tail has come. */
  readonly assign: () => void;
  /** Reads once, waiting at most this long, and hands everything on to `fanOut`. @returns whether there was anything */
  readonly read: (waitMs: number) => Promise<boolean>;
  readonly closeReader: () => Promise<void>;
  readonly onFault?: (cause: unknown) => void;
  readonly fatal: (cause: unknown, message: string) => void;
  readonly logger: Pick<Logger, 'warn'>;
};

const POLL_WAIT_MS = 5000;
const RETRY_MS = 200;

/** Follows a topic until it is closed. A fault that may pass is repaired by reading on from where it was. */
export function followTail<Frame extends Tailed>(options: FollowOptions<Frame>): Tail<Frame> {
  const { what, fanOut, assign, read, closeReader, fatal, logger } = options;
  let healthy = true;
  const pace = makePace(RUN_PACE);
  assign();
  const loop = runLoop({
    round: async () => {
      // Of one that has failed it is soon to be known whether it can be read again.
      if (await read(healthy ? POLL_WAIT_MS : 0)) pace.turn();
      healthy = true;
      return fanOut.streams() === 0 ? { restMs: pace.waitMs() } : undefined;
    },
    backoff: { firstMs: RETRY_MS },
    onFault: (cause) => {
      healthy = false;
      options.onFault?.(cause);
      if (cause instanceof OffsetOutOfRange) {
        fatal(cause, `${what} are missing from the log`);
        return 'stop';
      }
      logger.warn({ err: cause }, `the tail of ${what} failed, it goes on where it was`);
      assign();
      return undefined;
    },
  });
  return {
    ...{ ring: fanOut.ring, streams: fanOut.streams },
    open: (...asked) => {
      loop.wake();
      return fanOut.open(...asked);
    },
    healthy: () => healthy,
    close: async () => {
      const closed = loop.close();
      fanOut.close();
      await closeReader();
      await closed;
    },
  };
}
