import { setMaxListeners } from 'node:events';
import { START_OF_LOG, type ReadPosition } from '@flowplane/contracts';
import type { Positions } from '../state/positions.js';
import { makeCheckpoints, type Checkpoints } from './checkpoints.js';

/** A partition this process reads, from taking it over to losing it. */
export type OwnedPartition = {
  readonly checkpoints: Checkpoints<ReadPosition>;
  /** Fires when the partition is no longer ours. */
  readonly lost: AbortSignal;
  /** Next to read. */
  next: ReadPosition;
  /** Records behind the end as of the last look. */
  lag: number;
};

export type OwnedPartitions = {
  readonly get: (partition: number) => OwnedPartition | undefined;
  readonly all: () => ReadonlyMap<number, OwnedPartition>;
  /** Gives up all but these. */
  readonly keep: (partitions: readonly number[]) => void;
  /**
   * Takes over what is not ours yet, each from where its last owner saved. What was ours all the time goes on, unless
   * somebody else has come further meanwhile.
   */
  readonly take: (partitions: readonly number[], stillWanted: () => boolean) => Promise<void>;
  /** Saves how far everything is done, where that has moved. */
  readonly save: () => Promise<void>;
  /** Next offset as saved, per partition. */
  readonly saved: () => ReadonlyMap<number, number>;
};

type Entry = OwnedPartition & { readonly abort: AbortController; saved: ReadPosition | undefined };

export function makeOwnedPartitions(positions: Positions): OwnedPartitions {
  const owned = new Map<number, Entry>();

  const own = (partition: number, saved: ReadPosition | undefined): void => {
    const abort = new AbortController();
    // Every piece of work that waits listens to it.
    setMaxListeners(0, abort.signal);
    const next = saved ?? START_OF_LOG;
    owned.set(partition, { checkpoints: makeCheckpoints(), abort, lost: abort.signal, saved, next, lag: 0 });
  };
  return {
    get: (partition) => owned.get(partition),
    all: () => owned,
    keep: (partitions) => {
      for (const [partition, { abort }] of owned) {
        if (partitions.includes(partition)) continue;
        abort.abort();
        owned.delete(partition);
      }
    },
    take: async (partitions, stillWanted) => {
      const saved = await positions.load(partitions);
      if (!stillWanted()) return;
      for (const partition of partitions) {
        const entry = owned.get(partition);
        const position = saved.get(partition);
        if (entry !== undefined && (position?.offset ?? 0) <= entry.next.offset) continue;
        entry?.abort.abort();
        own(partition, position);
      }
    },
    save: async () => {
      const ready = new Map<number, ReadPosition>();
      for (const [partition, { checkpoints, saved }] of owned) {
        const position = checkpoints.committable();
        if (position !== undefined && position !== saved) ready.set(partition, position);
      }
      await positions.save(ready);
      for (const [partition, position] of ready) {
        const entry = owned.get(partition);
        if (entry !== undefined) entry.saved = position;
      }
    },
    saved: () => new Map([...owned].flatMap(([partition, { saved }]) => (saved ? [[partition, saved.offset]] : []))),
  };
}
