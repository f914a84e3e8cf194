import type { ReadPosition } from '@flowplane/contracts';
import type { Queryable } from '@flowplane/plumbing/postgres';

/** Positions by projection and partition. */
export type ProjectionPositions = ReadonlyMap<string, ReadonlyMap<number, ReadPosition>>;

/** Where the projections of a schema stand. */
export async function readPositions(client: Queryable, schema: string): Promise<ProjectionPositions> {
  const { rows } = await client.query<{
    projection: string;
    partition: number;
    next_offset: string;
    epoch: string;
    owner: string;
  }>(`SELECT projection, partition, next_offset, epoch, owner FROM ${schema}.projection_progress`);
  const positions = new Map<string, Map<number, ReadPosition>>();
  for (const { projection, partition, next_offset: offset, epoch, owner } of rows) {
    const of = positions.get(projection) ?? new Map<number, ReadPosition>();
    positions.set(projection, of);
    of.set(partition, { offset: Number(offset), epoch: Number(epoch), owner });
  }
  return positions;
}
