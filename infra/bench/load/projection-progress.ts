import { setTimeout as sleep } from 'node:timers/promises';
import { CONTROL_PROJECTION } from '@flowplane/contracts';
import { isMissingSchema, type Pool } from '@flowplane/plumbing/postgres';
import { loadProgress } from '@flowplane/runtime/read-model';

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
    const control = (await loadProgress(pool)).filter(({ name }) => name === CONTROL_PROJECTION);
    return control.reduce((sum, { offset }) => sum + offset, 0);
  } catch (thrown) {
    if (isMissingSchema(thrown)) return 0;
    throw thrown;
  }
}
