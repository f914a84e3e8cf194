import type { Pool } from '@flowplane/plumbing/postgres';
import type { Progress } from '@flowplane/runtime/read-model';

/** How far the projections are, from their own rows. */
export async function loadProgress(readPool: Pool): Promise<readonly Progress[]> {
  const { rows } = await readPool.query<{ name: string; partition: number; next_offset: string }>(
    `SELECT projection AS name, partition, next_offset FROM flows.projection_progress
      UNION ALL
     SELECT projection || '.commands', partition, command_offset + 1 FROM flows.projection_progress`,
  );
  return rows.map(({ name, partition, next_offset }) => ({ name, partition, offset: Number(next_offset) }));
}
