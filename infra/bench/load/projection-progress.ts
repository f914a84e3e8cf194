import { setTimeout as sleep } from 'node:timers/promises';
import { isMissingSchema, type Pool } from '@flowplane/plumbing/postgres';

/** How many records of the events log the read models have, and when that was seen. */
export type ProjectionMark = { readonly projected: number; readonly atMs: number };

const LOOK_EVERY_MS = 25;
const GIVE_UP_MS = 300_000;

/** Looks until `isReached`; the looks cost the database next to nothing. @throws Error after five minutes */
export async function followProjection(pool: Pool, isReached: (projected: number) => boolean): Promise<ProjectionMark> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (;;) {
    const projected = await projectedRecords(pool);
    const atMs = performance.now();
    if (isReached(projected)) return { projected, atMs };
    if (atMs > giveUpAt) throw new Error(`the projection stands still at ${projected} records`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Records below the positions of the control projection, over all partitions; 0 before it made its schema. */
async function projectedRecords(pool: Pool): Promise<number> {
  try {
    const { rows } = await pool.query<{ projected: string }>(
      `SELECT coalesce(sum(next_offset), 0) AS projected FROM flows.projection_progress WHERE projection = 'control'`,
    );
    return Number(rows[0]?.projected ?? 0);
  } catch (thrown) {
    if (isMissingSchema(thrown)) return 0;
    throw thrown;
  }
}
