import type { ReadPosition } from '@flowplane/contracts';
import type { Item, Slice } from './source.js';

/** Everything read and not yet written of one partition. */
export type PartitionBatch<M> = {
  readonly partition: number;
  readonly from: ReadPosition;
  readonly to: ReadPosition;
  readonly items: readonly Item<M>[];
  readonly endOffset: number;
};

/**
 * Between reading and writing: what arrives while a transaction runs is the next batch. So batches are small and quick
 * at low load and large under load, without a timer.
 */
export type BatchBuffer<M> = {
  readonly add: (slices: readonly Slice<M>[]) => void;
  /** Waits until there is something, and takes all of it. Empty once closed. */
  readonly take: () => Promise<readonly PartitionBatch<M>[]>;
  /** Waits until more may be read. */
  readonly room: () => Promise<void>;
  readonly close: () => void;
};

/** Fetches that may wait: each brings at most 8 MiB (or one larger record), so few large records cannot fill the memory. */
const MAX_WAITING_READS = 8;

/**
 * @param positions where reading begins
 * @param maxItems waiting items above which reading pauses
 */
export function makeBatchBuffer<M>(positions: ReadonlyMap<number, ReadPosition>, maxItems: number): BatchBuffer<M> {
  const reached = new Map(positions);
  let waiting = new Map<number, PartitionBatch<M> & { items: Item<M>[] }>();
  let count = 0;
  let reads = 0;
  let closed = false;
  let wakeTaker: (() => void) | undefined;
  let wakeReader: (() => void) | undefined;

  const add = (slice: Slice<M>): void => {
    const from = reached.get(slice.partition);
    if (from === undefined || from.offset === slice.position.offset) return;
    reached.set(slice.partition, slice.position);
    count += slice.items.length;
    const before = waiting.get(slice.partition);
    const items = before?.items ?? [];
    // Not by spreading into push(): a slice may hold more items than a call may have arguments.
    for (const item of slice.items) items.push(item);
    waiting.set(slice.partition, {
      partition: slice.partition,
      from: before?.from ?? from,
      to: slice.position,
      items,
      endOffset: slice.endOffset,
    });
  };
  return {
    add: (slices) => {
      for (const slice of slices) add(slice);
      if (slices.length > 0) reads++;
      if (waiting.size > 0) wakeTaker?.();
    },
    take: async () => {
      while (waiting.size === 0 && !closed) {
        await new Promise<void>((resolve) => {
          wakeTaker = resolve;
        });
      }
      if (closed) return [];
      const taken = [...waiting.values()];
      waiting = new Map();
      count = 0;
      reads = 0;
      wakeReader?.();
      return taken;
    },
    room: async () => {
      while ((count >= maxItems || reads >= MAX_WAITING_READS) && !closed) {
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
    },
    close: () => {
      closed = true;
      wakeTaker?.();
      wakeReader?.();
    },
  };
}
