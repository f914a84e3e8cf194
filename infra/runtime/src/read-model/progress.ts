import { START_OF_LOG, type ReadPosition } from '@flowplane/contracts';
import type { Pool, Queryable } from '@flowplane/plumbing/postgres';
import { PROGRESS_CHANNEL } from './contract.js';
import { makeProgressTracker, type Progress, type ProgressTracker } from './progress-tracker.js';
import { publicQuery, rowsOf } from './public-query.js';

export const ALL_PROGRESS = publicQuery({
  name: 'all-progress',
  text: `
    SELECT projection AS name, partition, next_offset AS offset FROM flows.projection_progress
     UNION ALL
    SELECT projection || '.commands', partition, command_offset + 1 FROM flows.projection_progress`,
  columns: 'name text, partition int4, offset int8',
});

export const READER_POSITIONS = publicQuery({
  name: 'reader-positions',
  text: `
    SELECT partition, next_offset AS offset, epoch, owner FROM flows.projection_progress WHERE projection = $1`,
  columns: 'partition int4, offset int8, epoch int8, owner text',
});

/** How far the projections are, and (`commandProgressName`) the commands that they know the outcome of. */
export const loadProgress = (db: Queryable): Promise<readonly Progress[]> => rowsOf(db, ALL_PROGRESS);

/** Follows the progress of the read models. @param url of the database that `pool` is of */
export type OpenProgress = (pool: Pool, url: string) => ProgressTracker;

export const openProgress: OpenProgress = (pool, url) =>
  makeProgressTracker({ url, channel: PROGRESS_CHANNEL, load: () => loadProgress(pool) });

/**
 * Where another reader of the events log starts that needs nothing of before the read models: at the projection's own
 * positions, so that the reader rule holds from the first record on; where there are none yet, at the beginning.
 */
export async function readerPositions(
  db: Queryable,
  projection: string,
  partitions: number,
): Promise<ReadonlyMap<number, ReadPosition>> {
  const positions = new Map<number, ReadPosition>();
  for (let partition = 0; partition < partitions; partition++) positions.set(partition, START_OF_LOG);
  for (const { partition, ...position } of await rowsOf(db, READER_POSITIONS, [projection])) {
    positions.set(partition, position);
  }
  return positions;
}
