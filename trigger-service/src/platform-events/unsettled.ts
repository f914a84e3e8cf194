/** Which records of a partition were taken and are not decided for good yet. */
export type Unsettled = {
  readonly next: () => number;
  /** All below are settled. */
  readonly position: () => number;
  readonly isFull: () => boolean;
  /** @param offset not below `next` */
  readonly take: (offset: number, bytes: number) => void;
  /** Offsets below this one that were not taken never will be. */
  readonly pass: (offset: number) => void;
  /** A quota refused it for now; it stays unsettled. */
  readonly defer: (offset: number) => void;
  readonly settle: (offset: number) => void;
};

/** Records on their way to a decision, those that wait for a quota, and the bytes of both. */
export const LANE_BOUNDS = { underWay: 2000, deferred: 1000, bytes: 64 * 1024 * 1024 } as const;

export function makeUnsettled(
  from: number,
  bounds: { [K in keyof typeof LANE_BOUNDS]: number } = LANE_BOUNDS,
): Unsettled {
  /** Bytes by offset, in the order of offsets, which is that of taking. */
  const open = new Map<number, number>();
  const deferred = new Set<number>();
  let next = from;
  let bytes = 0;
  return {
    next: () => next,
    position: () => {
      const [first] = open.keys();
      return first ?? next;
    },
    isFull: () =>
      open.size - deferred.size >= bounds.underWay || deferred.size >= bounds.deferred || bytes >= bounds.bytes,
    take: (offset, size) => {
      open.set(offset, size);
      bytes += size;
      next = offset + 1;
    },
    pass: (offset) => {
      next = Math.max(next, offset);
    },
    defer: (offset) => void deferred.add(offset),
    settle: (offset) => {
      bytes -= open.get(offset) ?? 0;
      open.delete(offset);
      deferred.delete(offset);
    },
  };
}
