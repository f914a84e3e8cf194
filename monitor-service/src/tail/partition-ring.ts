/** What a tail keeps of a record: whom it is for, where it stands, and its line of JSON. */
export type Tailed = { readonly key: string; readonly offset: number; readonly data: string };

/** The latest frames of one partition, bounded by count and bytes. */
export type PartitionRing<Frame extends Tailed> = {
  /** Everything from here up to `next` that streams show is in the ring. */
  readonly from: () => number;
  /** Offset after the last record read. */
  readonly next: () => number;
  /** The record at `offset` was read; `frame` is what streams show of it, if anything. */
  readonly advance: (offset: number, frame: Frame | undefined) => void;
  /** Frames of a key from an offset on, in order. */
  readonly since: (key: string, offset: number) => readonly Frame[];
};

export type RingLimits = { readonly maxFrames: number; readonly maxBytes: number };

export function makePartitionRing<Frame extends Tailed>(start: number, limits: RingLimits): PartitionRing<Frame> {
  let frames: Frame[] = [];
  /** Index of the oldest frame kept; what is before it is cut off now and then. */
  let head = 0;
  let bytes = 0;
  let from = start;
  let next = start;

  const dropOldest = (): void => {
    const oldest = frames[head];
    if (oldest === undefined) return;
    head += 1;
    bytes -= sizeOf(oldest);
    from = oldest.offset + 1;
    if (head > 1024 && head * 2 > frames.length) {
      frames = frames.slice(head);
      head = 0;
    }
  };

  return {
    from: () => from,
    next: () => next,
    advance: (offset, frame) => {
      next = offset + 1;
      if (frame === undefined) return;
      frames.push(frame);
      bytes += sizeOf(frame);
      while (frames.length - head > limits.maxFrames || (bytes > limits.maxBytes && frames.length - head > 0)) {
        dropOldest();
      }
    },
    since: (key, offset) => {
      const found: Frame[] = [];
      for (let i = frames.length - 1; i >= head; i--) {
        const frame = frames[i] as Frame;
        if (frame.offset < offset) break;
        if (frame.key === key) found.push(frame);
      }
      return found.reverse();
    },
  };
}

/** Two bytes a character, and the object around it. */
const sizeOf = (frame: Tailed): number => 2 * frame.data.length + 300;
