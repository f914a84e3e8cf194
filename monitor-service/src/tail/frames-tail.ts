import { decodeMessage } from '@flowplane/contracts';
import { OffsetOutOfRange, type DirectReader, type LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { runLoop } from '@flowplane/plumbing/periodic';
import { makeFanOut, type FanOut, type FanOutLimits } from './fan-out.js';
import { liveFrame, type LiveFrame } from './live-frame.js';
import type { Tailed } from './partition-ring.js';

/** A tail of a topic, which streams join. */
export type Tail<Frame extends Tailed> = Pick<FanOut<Frame>, 'open' | 'ring' | 'streams'> & {
  /** False while the log cannot be read. */
  readonly healthy: () => boolean;
  readonly close: () => Promise<void>;
};
/** The one tail of the runs topic in this process. */
export type FramesTail = Tail<LiveFrame>;

export type FramesTailOptions = {
  readonly reader: DirectReader;
  /** Where to begin: the ends of all partitions. */
  readonly start: ReadonlyMap<number, number>;
  readonly limits: FanOutLimits;
  readonly fatal: (cause: unknown, message: string) => void;
  readonly logger: Pick<Logger, 'warn'>;
};

const POLL_WAIT_MS = 1000;
const RETRY_MS = 200;
/** Pause between two looks while nobody watches: what comes meanwhile is read in one go. */
const UNWATCHED_REST_MS = 50;

export function startFramesTail({ reader, start, limits, fatal, logger }: FramesTailOptions): FramesTail {
  const fanOut = makeFanOut<LiveFrame>(start, limits);
  let healthy = true;

  reader.assign(fanOut.positions());
  const loop = runLoop({
    round: async () => {
      for (const record of await reader.poll(POLL_WAIT_MS)) {
        fanOut.advance(record.partition, record.offset, decode(record, logger));
      }
      healthy = true;
      return fanOut.streams() === 0 ? { restMs: UNWATCHED_REST_MS } : undefined;
    },
    backoff: { firstMs: RETRY_MS },
    onFault: (cause) => {
      healthy = false;
      if (cause instanceof OffsetOutOfRange) {
        fatal(cause, 'frames are missing from the log');
        return 'stop';
      }
      logger.warn({ err: cause }, 'the tail of runs failed, it goes on where it was');
      reader.assign(fanOut.positions());
      return undefined;
    },
  });

  return {
    ...{ open: fanOut.open, ring: fanOut.ring, streams: fanOut.streams },
    healthy: () => healthy,
    close: async () => {
      const closed = loop.close();
      fanOut.close();
      await reader.close();
      await closed;
    },
  };
}

function decode(record: LogRecord, logger: Pick<Logger, 'warn'>): LiveFrame | undefined {
  if (record.value === null) return undefined;
  try {
    const message = decodeMessage(record.value);
    return message.kind === 'frame' ? liveFrame(message.frame, record.offset) : undefined;
  } catch (cause) {
    // The projection puts it into the dead letters; a stream can only go on without it.
    logger.warn({ err: cause, partition: record.partition, offset: record.offset }, 'an undecodable frame');
    return undefined;
  }
}
