import { setTimeout as sleep } from 'node:timers/promises';
import { CONTROL_PROJECTION } from '@flowplane/contracts';
import { isMissingSchema, type Pool } from '@flowplane/plumbing/postgres';
import { loadProgress } from '@flowplane/runtime/read-model';

/** How many records of the events log have been worked through, and when that was seen. */
export type ProjectionMark = { readonly projected: number; readonly atMs: number };

const LOOK_EVERY_MS = 25;
const GIVE_UP_MS = 300_000;

/** Looks until `isReached`; the looks cost the database next to nothing. @throws Error after five minutes */
export const followProjection = (pool: Pool, isReached: (projected: number) => boolean): Promise<ProjectionMark> =>
  follow('the projection', () => projectedRecords(pool), isReached);

/** The same of the publisher of the audit topic. @param pool of the state database */
export const followPublisher = (pool: Pool, isReached: (published: number) => boolean): Promise<ProjectionMark> =>
  follow('the audit publisher', () => publishedRecords(pool), isReached);

async function follow(
  what: string,
  records: () => Promise<number>,
  isReached: (projected: number) => boolean,
): Promise<ProjectionMark> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (;;) {
    const projected = await unlessMissing(records);
    const atMs = performance.now();
    if (isReached(projected)) return { projected, atMs };
    if (atMs > giveUpAt) throw new Error(`${what} stands still at ${projected} records`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Records below the positions of the control projection, over all partitions. */
async function projectedRecords(pool: Pool): Promise<number> {
  const control = (await loadProgress(pool)).filter(({ name }) => name === CONTROL_PROJECTION);
  return control.reduce((sum, { offset }) => sum + offset, 0);
}

async function publishedRecords(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ published: string }>(
    'SELECT coalesce(sum(next_offset), 0) AS published FROM audit_publisher.projection_progress',
  );
  return Number(rows[0]?.published);
}

/** 0 before projection-service has made its schemas. */
async function unlessMissing(records: () => Promise<number>): Promise<number> {
  try {
    return await records();
  } catch (thrown) {
    if (isMissingSchema(thrown)) return 0;
    throw thrown;
  }
}
