import type { ReadPosition } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';

/** How far the executor is in the events log, per partition (schema `executor` of the state database). */
export type Positions = {
  /** Partitions without an entry were never read. */
  readonly load: (partitions: readonly number[]) => Promise<ReadonlyMap<number, ReadPosition>>;
  /** Never moves a position back: a former owner of a partition may still be saving. */
  readonly save: (positions: ReadonlyMap<number, ReadPosition>) => Promise<void>;
};

const LOAD =
  'SELECT partition, next_offset, epoch, owner FROM executor.positions WHERE topic = $1 AND partition = ANY ($2)';
const SAVE = `
  INSERT INTO executor.positions AS p (topic, partition, next_offset, epoch, owner)
  SELECT $1, * FROM unnest($2::int[], $3::bigint[], $4::bigint[], $5::text[])
  ON CONFLICT (topic, partition) DO UPDATE
  SET next_offset = excluded.next_offset, epoch = excluded.epoch, owner = excluded.owner, updated_at = now()
  WHERE p.next_offset < excluded.next_offset`;

type Row = {
  readonly partition: number;
  readonly next_offset: string;
  readonly epoch: string;
  readonly owner: string;
};

/** @param topic full name of the events topic, so that prefixes do not meet */
export function makePositions(statePool: Pool, topic: string): Positions {
  return {
    load: async (partitions) => {
      const { rows } = await statePool.query<Row>(LOAD, [topic, partitions]);
      return new Map(
        rows.map((row) => [
          row.partition,
          { offset: Number(row.next_offset), epoch: Number(row.epoch), owner: row.owner },
        ]),
      );
    },
    save: async (positions) => {
      if (positions.size === 0) return;
      const entries = [...positions];
      await statePool.query(SAVE, [
        topic,
        entries.map(([partition]) => partition),
        entries.map(([, position]) => position.offset),
        entries.map(([, position]) => position.epoch),
        entries.map(([, position]) => position.owner),
      ]);
    },
  };
}

/** Offsets below which every effect is made, per partition. */
export const makeDoneBelow =
  (positions: Positions, partitions: number) => async (): Promise<ReadonlyMap<number, number>> => {
    const saved = await positions.load(Array.from({ length: partitions }, (_, partition) => partition));
    return new Map([...saved].map(([partition, { offset }]) => [partition, offset]));
  };
