import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '@flowplane/plumbing/postgres';

/** Runs as the read model counts them. */
export type RunCounts = { readonly all: number; readonly started: number; readonly closed: number };

const LOOK_EVERY_MS = 50;

/** Runs of one tenant. `started` counts those the engine has, closed ones included. */
export async function countRuns(pool: Pool, tenantId: string): Promise<RunCounts> {
  const { rows } = await pool.query<Record<keyof RunCounts, string>>({
    name: 'count-runs',
    text: `SELECT count(*) AS all, count(started_at) AS started, count(closed_at) AS closed
             FROM flows.executions WHERE tenant_id = $1`,
    values: [tenantId],
  });
  const counts = rows[0];
  return { all: Number(counts?.all), started: Number(counts?.started), closed: Number(counts?.closed) };
}

/**
 * Looks at the counts of a tenant until `isReached`.
 *
 * @returns when that was, on `performance.now()`
 * @throws Error when it takes longer than `timeoutMs`
 */
export async function runsReached(
  pool: Pool,
  tenantId: string,
  timeoutMs: number,
  isReached: (counts: RunCounts) => boolean,
): Promise<number> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const counts = await countRuns(pool, tenantId);
    const now = performance.now();
    if (isReached(counts)) return now;
    if (now > giveUpAt) throw new Error(`runs stand still at ${JSON.stringify(counts)}`);
    await sleep(LOOK_EVERY_MS);
  }
}
