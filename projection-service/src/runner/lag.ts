/** How far the tables of one process are behind the log, per partition it owns. */
export type Lag = {
  /** Read from the log: up to `offset` of what then ended at `endOffset`, beginning with a record of this time. */
  readonly read: (partition: number, offset: number, endOffset: number, recordTimeMs: number) => void;
  /** Written up to `offset`, the last record being of this time (epoch ms; 0: no record). */
  readonly written: (partition: number, offset: number, recordTimeMs: number) => void;
  /** Partitions that are ours now; what is known of others is forgotten. */
  readonly keep: (partitions: readonly number[]) => void;
  /** Seconds; 0 when everything known of the log is written. */
  readonly seconds: (nowMs: number) => number;
};

type PartitionLag = {
  writtenOffset: number;
  endOffset: number;
  /** Time of the last record written, or of the first one read when none is written yet. */
  sinceMs: number;
};

export function makeLag(): Lag {
  const partitions = new Map<number, PartitionLag>();
  const of = (partition: number): PartitionLag => {
    const known = partitions.get(partition) ?? { writtenOffset: 0, endOffset: 0, sinceMs: 0 };
    partitions.set(partition, known);
    return known;
  };
  return {
    read: (partition, offset, endOffset, recordTimeMs) => {
      const lag = of(partition);
      lag.endOffset = Math.max(offset, endOffset);
      if (lag.sinceMs === 0) lag.sinceMs = recordTimeMs;
    },
    written: (partition, offset, recordTimeMs) => {
      const lag = of(partition);
      lag.writtenOffset = offset;
      if (recordTimeMs > 0) lag.sinceMs = recordTimeMs;
    },
    keep: (mine) => {
      for (const partition of partitions.keys()) if (!mine.includes(partition)) partitions.delete(partition);
    },
    seconds: (nowMs) => {
      let longestMs = 0;
      for (const { writtenOffset, endOffset, sinceMs } of partitions.values()) {
        if (writtenOffset < endOffset && sinceMs > 0) longestMs = Math.max(longestMs, nowMs - sinceMs);
      }
      return longestMs / 1000;
    },
  };
}
