import { makePartitionRing, type PartitionRing, type RingLimits, type Tailed } from './partition-ring.js';

/** Frames of one key as they come, from the moment of opening on. */
export type Live<Frame> = {
  /** Frames from here on come live; what is before must be read elsewhere. */
  readonly from: number;
  /**
   * Next frame; undefined when none comes any more: closed, or too many waited (`overflowed`).
   */
  readonly take: () => Promise<Frame | undefined>;
  readonly overflowed: () => boolean;
  readonly close: () => void;
};

/** What a tail has read lately, for streams that join, and what it reads, for those that have. */
export type FanOut<Frame extends Tailed> = {
  readonly open: (key: string, partition: number) => Live<Frame>;
  /** The record at `offset` was read; `frame` is what streams show of it, if anything. */
  readonly advance: (partition: number, offset: number, frame: Frame | undefined) => void;
  readonly ring: (partition: number) => Pick<PartitionRing<Frame>, 'from' | 'next' | 'since'>;
  /** Offsets after the last records read, by partition. */
  readonly positions: () => Map<number, number>;
  readonly streams: () => number;
  /** Ends all streams. */
  readonly close: () => void;
};

/** The bounds of a tail. */
export type FanOutLimits = {
  /** Of each partition's ring. */
  readonly ring: RingLimits;
  /** Frames that may wait for one slow stream. */
  readonly maxWaiting: number;
};

type Subscriber<Frame> = { readonly push: (frame: Frame) => void; readonly close: () => void };

/** @param start offsets at which the tail begins, by partition */
export function makeFanOut<Frame extends Tailed>(
  start: ReadonlyMap<number, number>,
  limits: FanOutLimits,
): FanOut<Frame> {
  const rings = new Map([...start].map(([partition, at]) => [partition, makePartitionRing<Frame>(at, limits.ring)]));
  const subscribers = new Map<string, Set<Subscriber<Frame>>>();
  let streams = 0;

  const ringOf = (partition: number): PartitionRing<Frame> => {
    const ring = rings.get(partition);
    if (ring === undefined) throw new RangeError(`the tail does not follow partition ${partition}`);
    return ring;
  };
  return {
    open: (key, partition) => {
      const group = subscribers.get(key) ?? new Set<Subscriber<Frame>>();
      subscribers.set(key, group);
      const queue = makeLiveQueue<Frame>(limits.maxWaiting);
      group.add(queue);
      streams += 1;
      return {
        from: ringOf(partition).next(),
        take: queue.take,
        overflowed: queue.overflowed,
        close: () => {
          queue.close();
          if (group.delete(queue)) streams -= 1;
          if (group.size === 0 && subscribers.get(key) === group) subscribers.delete(key);
        },
      };
    },
    advance: (partition, offset, frame) => {
      ringOf(partition).advance(offset, frame);
      if (frame === undefined) return;
      for (const subscriber of subscribers.get(frame.key) ?? []) subscriber.push(frame);
    },
    ring: ringOf,
    positions: () => new Map([...rings].map(([partition, ring]) => [partition, ring.next()])),
    streams: () => streams,
    close: () => {
      for (const group of subscribers.values()) for (const subscriber of group) subscriber.close();
    },
  };
}

/** Frames waiting for one stream; beyond the bound no more are taken, and the stream must get them elsewhere. */
function makeLiveQueue<Frame>(maxWaiting: number): Subscriber<Frame> & Pick<Live<Frame>, 'take' | 'overflowed'> {
  const frames: Frame[] = [];
  let overflowed = false;
  let ended = false;
  let wake: ((frame: Frame | undefined) => void) | undefined;

  const settle = (frame: Frame | undefined): void => {
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
