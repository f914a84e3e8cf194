import { decodeMessage } from '@flowplane/contracts';
import { OffsetOutOfRange, type DirectReader, type LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { runLoop } from '@flowplane/plumbing/periodic';
import { liveFrame, type LiveFrame } from './live-frame.js';
import { makePartitionRing, type PartitionRing, type RingLimits } from './partition-ring.js';

/** Frames of one run as they come, from the moment of opening on. */
export type LiveRun = {
  /** Frames from here on come live; what is before must be read elsewhere. */
  readonly from: number;
  /**
   * Next frame; undefined when none comes any more: closed, or too many waited (`overflowed`).
   */
  readonly take: () => Promise<LiveFrame | undefined>;
  readonly overflowed: () => boolean;
  readonly close: () => void;
};

/** The one tail of the runs topic in this process. */
export type FramesTail = {
  readonly open: (executionId: string, partition: number) => LiveRun;
  /** What the tail still has of a partition. */
  readonly ring: (partition: number) => Pick<PartitionRing, 'from' | 'next' | 'since'>;
  /** False while the log cannot be read. */
  readonly healthy: () => boolean;
  readonly streams: () => number;
  readonly close: () => Promise<void>;
};

export type FramesTailOptions = {
  readonly reader: DirectReader;
  /** Where to begin: the ends of all partitions at boot. */
  readonly start: ReadonlyMap<number, number>;
  /** Of each partition's ring. */
  readonly limits: RingLimits;
  /** Frames that may wait for one slow stream. */
  readonly maxWaiting: number;
  readonly fatal: (cause: unknown, message: string) => void;
  readonly logger: Pick<Logger, 'warn'>;
};

type Subscriber = { readonly push: (frame: LiveFrame) => void; readonly close: () => void };

const POLL_WAIT_MS = 1000;
const RETRY_MS = 200;
/** Pause between two looks while nobody watches: what comes meanwhile is read in one go. */
const UNWATCHED_REST_MS = 50;

export function startFramesTail(options: FramesTailOptions): FramesTail {
  const { reader, logger } = options;
  const rings = new Map(
    [...options.start].map(([partition, at]) => [partition, makePartitionRing(at, options.limits)]),
  );
  const subscribers = new Map<string, Set<Subscriber>>();
  let healthy = true;

  const ringOf = (partition: number): PartitionRing => {
    const ring = rings.get(partition);
    if (ring === undefined) throw new RangeError(`the tail does not follow partition ${partition}`);
    return ring;
  };
  const take = (record: LogRecord): void => {
    const frame = decode(record, logger);
    ringOf(record.partition).advance(record.offset, frame);
    if (frame === undefined) return;
    for (const subscriber of subscribers.get(frame.executionId) ?? []) subscriber.push(frame);
  };
  const positions = (): Map<number, number> => new Map([...rings].map(([partition, ring]) => [partition, ring.next()]));
  reader.assign(positions());
  const loop = runLoop({
    round: async () => {
      for (const record of await reader.poll(POLL_WAIT_MS)) take(record);
      healthy = true;
      return subscribers.size === 0 ? { restMs: UNWATCHED_REST_MS } : undefined;
    },
    backoff: { firstMs: RETRY_MS },
    onFault: (cause) => {
      healthy = false;
      if (cause instanceof OffsetOutOfRange) {
        options.fatal(cause, 'frames are missing from the log');
        return 'stop';
      }
      logger.warn({ err: cause }, 'the tail of runs failed, it goes on where it was');
      reader.assign(positions());
      return undefined;
    },
  });

  return {
    open: (executionId, partition) => {
      const group = subscribers.get(executionId) ?? new Set<Subscriber>();
      subscribers.set(executionId, group);
      const queue = makeLiveQueue(options.maxWaiting);
      group.add(queue);
      return {
        from: ringOf(partition).next(),
        take: queue.take,
        overflowed: queue.overflowed,
        close: () => {
          queue.close();
          group.delete(queue);
          if (group.size === 0 && subscribers.get(executionId) === group) subscribers.delete(executionId);
        },
      };
    },
    ring: ringOf,
    healthy: () => healthy,
    streams: () => [...subscribers.values()].reduce((sum, group) => sum + group.size, 0),
    close: async () => {
      const closed = loop.close();
      for (const group of subscribers.values()) for (const subscriber of group) subscriber.close();
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

/** Frames waiting for one stream; beyond the bound they are dropped, and the stream reads them from the store again. */
function makeLiveQueue(maxWaiting: number): Subscriber & Pick<LiveRun, 'take' | 'overflowed'> {
  const frames: LiveFrame[] = [];
  let overflowed = false;
  let ended = false;
  let wake: ((frame: LiveFrame | undefined) => void) | undefined;

  const settle = (frame: LiveFrame | undefined): void => {
    const waiting = wake;
    wake = undefined;
    waiting?.(frame);
  };
  return {
    push: (frame) => {
      if (ended || overflowed) return;
      if (wake !== undefined) return settle(frame);
      if (frames.length >= maxWaiting) overflowed = true;
      else frames.push(frame);
      return undefined;
    },
    take: () => {
      const frame = frames.shift();
      if (frame !== undefined || ended || overflowed) return Promise.resolve(frame);
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
    overflowed: () => overflowed,
    close: () => {
      ended = true;
      frames.length = 0;
      settle(undefined);
    },
  };
}
