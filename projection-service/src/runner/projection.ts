import type { Answer, Statement } from '@flowplane/plumbing/postgres';
import type { Placed, Source } from './source.js';

/** What a batch does in its transaction: what it changes, or first what that builds on. */
export type BatchWork = {
  /** Called when the transaction is committed, and this was all of it. */
  readonly onWritten?: () => void;
} & (
  | { readonly writes: readonly Statement[] }
  | {
      readonly reads: readonly Statement[];
      /**
       * Called when the batch is known to be the next one.
       *
       * @param answers one per read, in order
       * @throws UnfoldableBatch when a message cannot be folded
       */
      readonly writesFrom: (answers: readonly Answer[]) => readonly Statement[] | Promise<readonly Statement[]>;
    }
);

/** A projection: where it reads, and what a batch of its messages does to its tables. */
export type Projection<M> = {
  readonly name: string;
  readonly openSource: () => Source<M>;
  /** Turns a batch, in log order per partition, into statements. @throws UnfoldableBatch */
  readonly work: (batch: readonly Placed<M>[]) => BatchWork;
  /**
   * Drops what it remembers of its tables. Called before the first batch on tables that somebody else may have written, and
   * whenever a batch was not committed as it was.
   */
  readonly forget?: () => void;
  /** Offset of the command behind a message, for topics that have one. */
  readonly commandOffsetOf?: (message: M) => number;
  /** `traceparent` of what a message was caused by, for topics that have one. */
  readonly causeOf?: (message: M) => string | null;
  /** Called with what a committed batch held, for metrics. */
  readonly onCommitted?: (batch: readonly Placed<M>[]) => void;
};

/** A message that the projection's own code cannot take. */
export class UnfoldableBatch extends Error {
  override readonly name = 'UnfoldableBatch';
}

/** Runs a pure fold; whatever it throws is about the messages, not about the database. */
export function folded<T>(fold: () => T): T {
  try {
    return fold();
  } catch (cause) {
    throw new UnfoldableBatch('a message cannot be folded', { cause });
  }
}
