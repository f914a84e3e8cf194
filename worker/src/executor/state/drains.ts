import type { Pool } from '@flowplane/plumbing/postgres';

/** How far a drain has come. Counts are null until they were taken. */
export type DrainRecord = {
  readonly schedules: number | null;
  readonly histories: number | null;
  readonly failures: readonly string[];
  readonly finished: boolean;
};

export type Drains = {
  readonly load: (fenceId: string) => Promise<DrainRecord>;
  /** The first count stays. @returns the one that counts */
  readonly keepCount: (fenceId: string, of: 'schedules' | 'histories', count: number) => Promise<number>;
  /** From here on the drain removes nothing any more. */
  readonly finish: (fenceId: string, failures: readonly string[]) => Promise<void>;
};

const LOAD = `
  SELECT schedules, histories, failures, finished_at IS NOT NULL AS finished FROM executor.drains WHERE fence_id = $1`;
const KEEP = (column: 'schedules' | 'histories'): string => `
  INSERT INTO executor.drains AS d (fence_id, ${column}) VALUES ($1, $2)
  ON CONFLICT (fence_id) DO UPDATE SET ${column} = coalesce(d.${column}, excluded.${column})
  RETURNING ${column} AS count`;
const FINISH = `
  INSERT INTO executor.drains AS d (fence_id, failures, finished_at) VALUES ($1, $2, now())
  ON CONFLICT (fence_id) DO UPDATE SET failures = excluded.failures, finished_at = excluded.finished_at`;

const UNBEGUN: DrainRecord = { schedules: null, histories: null, failures: [], finished: false };

export const makeDrains = (statePool: Pool): Drains => ({
  load: async (fenceId) => (await statePool.query<DrainRecord>(LOAD, [fenceId])).rows[0] ?? UNBEGUN,
  keepCount: async (fenceId, of, count) => {
    const { rows } = await statePool.query<{ count: number }>(KEEP(of), [fenceId, count]);
    return rows[0]?.count ?? count;
  },
  finish: async (fenceId, failures) => {
    await statePool.query(FINISH, [fenceId, JSON.stringify(failures)]);
  },
});
