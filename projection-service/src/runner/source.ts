import type { ReadPosition } from '@flowplane/contracts';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import type { Progress } from '../store/progress.js';

/** A message of a batch with its place. */
export type Placed<M> = {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly message: M;
};

/** One record of a projection's topic, decoded, or the record as it is where that is impossible. */
export type Item<M> =
  | (Placed<M> & { readonly kind: 'message' })
  | {
      readonly kind: 'poison';
      readonly offset: number;
      readonly timestamp: number;
      readonly record: LogRecord;
      readonly cause: Error;
    };

/** What one poll brought for one partition. */
export type Slice<M> = {
  readonly partition: number;
  readonly items: readonly Item<M>[];
  /** Position behind everything of this slice, skipped records included. */
  readonly position: ReadPosition;
  /** Exclusive end of the partition as known at this poll. */
  readonly endOffset: number;
};

/** The topic no longer has what a projection was to read next, and nothing else can give it. */
export class LogReplaced extends Error {
  override readonly name = 'LogReplaced';
}

/** Where a projection reads from. Not for concurrent polls. */
export type Source<M> = {
  readonly topic: string;
  /** @throws KafkaFault */
  readonly topicId: () => Promise<string>;
  /**
   * Where to go on, given where the tables stand: elsewhere where the topic was made again, or is shorter than that, and
   * what it held can be done without.
   *
   * @throws LogReplaced where it cannot
   */
  readonly goOnFrom: (progress: Progress) => Promise<ReadonlyMap<number, ReadPosition>>;
  /** @returns the first readable offsets where retention removes records of this topic; undefined where it never does */
  readonly assign: (positions: ReadonlyMap<number, ReadPosition>) => Promise<ReadonlyMap<number, number> | undefined>;
  /** Empty after `maxWaitMs` without anything, or as soon as `signal` aborts. @throws when the log is not reachable */
  readonly poll: (maxWaitMs: number, signal?: AbortSignal) => Promise<readonly Slice<M>[]>;
  readonly close: () => Promise<void>;
};
