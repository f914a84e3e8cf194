import type { ScannedRecord } from './record-batch-decode.js';

/** One partition's share of a fetch that brought something. */
export type PartitionFetch = {
  readonly partition: number;
  readonly records: readonly ScannedRecord[];
  /** The offset that was asked for. */
  readonly from: number;
  /** Where to go on: behind everything seen, control batches included. */
  readonly nextOffset: number;
  /** Exclusive end of the partition for readers, as of this fetch. */
  readonly endOffset: number;
};

/** A reader that stands at the end of a topic and takes what comes from the fetches of all such readers in the process. */
export type TailFollower = {
  /**
   * What came since `offsets`; empty after `maxWaitMs` without anything, or as soon as `signal` aborts; undefined: this reader
   * has fallen behind, or the log cannot be read: it goes on alone.
   *
   * @param maxBytes of what is handed out; a single larger share comes all the same
   */
  readonly poll: (
    offsets: ReadonlyMap<number, number>,
    maxBytes: number,
    maxWaitMs: number,
    signal: AbortSignal | undefined,
  ) => Promise<readonly PartitionFetch[] | undefined>;
  readonly leave: () => void;
};

/** Lets readers of one process fetch together what comes at the end of a topic. */
export type TailSharing<Client> = {
  /** @returns undefined where what comes at these offsets is no longer held, or not yet fetched */
  readonly join: (client: Client, topic: string, offsets: ReadonlyMap<number, number>) => TailFollower | undefined;
};
