import { decodeMessage } from '@flowplane/contracts';
import type { DirectReader, LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { makeFanOut, type FanOutLimits } from './fan-out.js';
import { followTail, type Tail } from './follow-tail.js';
import { liveFrame, type LiveFrame } from './live-frame.js';

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

export function startFramesTail({ reader, start, limits, fatal, logger }: FramesTailOptions): FramesTail {
  const fanOut = makeFanOut<LiveFrame>(start, limits);
  return followTail({
    ...{ what: 'frames', fanOut, fatal, logger, closeReader: reader.close },
    assign: () => reader.assign(fanOut.positions()),
    read: async (waitMs) => {
      const records = await reader.poll(waitMs);
      for (const record of records) fanOut.advance(record.partition, record.offset, decode(record, logger));
      return records.length > 0;
    },
  });
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
