import type { PoolClient } from '@flowplane/infra/postgres';
import type { Placed, Source } from './source.js';

/** A projection: where it reads, and what a batch of its messages does to its tables. */
export type Projection<M> = {
  readonly name: string;
  readonly openSource: () => Source<M>;
  /**
   * Writes a batch, in log order per partition, inside a transaction that it neither begins nor ends.
   *
   * @throws UnfoldableBatch when a message cannot be folded; errors of the database as they are
   */
  readonly write: (client: PoolClient, batch: readonly Placed<M>[]) => Promise<void>;
  /** Offset of the command behind a message, for topics that have one. */
  readonly commandOffsetOf?: (message: M) => number;
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
