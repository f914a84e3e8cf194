import type { Pool } from '@flowplane/plumbing/postgres';
import type { Progress } from '@flowplane/runtime/read-model';

/** How far the projections are, from their own rows. */
export async function loadProgress(readPool: Pool): Promise<readonly Progress[]> {
  const { rows } = await readPool.query<{ projection: string; partition: number; next_offset: string }>(
    'SELECT projection, partition, next_offset FROM flows.projection_progress',
  );
  return rows.map((row) => ({ name: row.projection, partition: row.partition, offset: Number(row.next_offset) }));
}
