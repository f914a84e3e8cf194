import { setMaxListeners } from 'node:events';
import { START_OF_LOG, type ReadPosition } from '@flowplane/contracts';
import type { Positions } from '../state/positions.js';
import { makeCheckpoints, type Checkpoints } from './checkpoints.js';
import { PositionLost, wasWorkedOn, type DoneInLog } from './done-in-log.js';

/** A partition this process reads, from taking it over to losing it. */
export type OwnedPartition = {
  readonly checkpoints: Checkpoints<ReadPosition>;
  /** Fires when the partition is no longer ours. */
  readonly lost: AbortSignal;
  /** What the log has as done, of what was not done as far as the position says. */
  readonly done: DoneInLog;
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
   *
   * @throws PositionLost
   */
  readonly take: (partitions: readonly number[], stillWanted: () => boolean) => Promise<void>;
  /** Saves how far everything is done, where that has moved. */
  readonly save: () => Promise<void>;
  /** Next offset as saved, per partition. */
  readonly saved: () => ReadonlyMap<number, number>;
};

type Entry = OwnedPartition & { readonly abort: AbortController; saved: ReadPosition | undefined };

export type OwnedPartitionsOptions = {
  readonly positions: Positions;
  /** What the log has as done from a position on, to its end as of now. */
  readonly doneSince: (partition: number, from: ReadPosition) => Promise<DoneInLog>;
  /** Whether to begin at the start of a log that was worked on and of which no position is known. */
  readonly fromStart: boolean;
};

export function makeOwnedPartitions({ positions, doneSince, fromStart }: OwnedPartitionsOptions): OwnedPartitions {
  const owned = new Map<number, Entry>();

  /** A position that is there from now on: without one, the log is taken for new only as long as nothing was done. */
  const begin = async (partition: number, done: DoneInLog): Promise<void> => {
    if (wasWorkedOn(done) && !fromStart) throw new PositionLost(partition, done);
    await positions.save(new Map([[partition, START_OF_LOG]]));
  };
  const own = (partition: number, saved: ReadPosition | undefined, done: DoneInLog): void => {
    const abort = new AbortController();
    // Every piece of work that waits listens to it.
    setMaxListeners(0, abort.signal);
    const next = saved ?? START_OF_LOG;
    owned.set(partition, { checkpoints: makeCheckpoints(), abort, lost: abort.signal, done, saved, next, lag: 0 });
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
        const done = await doneSince(partition, position ?? START_OF_LOG);
        if (position === undefined) await begin(partition, done);
        if (!stillWanted()) return;
        own(partition, position, done);
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
