import type { Pool } from '@flowplane/plumbing/postgres';

/** The sweep's place in time, and the right to sweep. Times are epoch milliseconds. */
export type SweepLease = {
  /** @returns the watermark when the lease is ours now; undefined while another process has it */
  readonly acquire: (forMs: number) => Promise<number | undefined>;
  /** Runs closed before `watermark` have been looked at. */
  readonly advance: (watermark: number) => Promise<void>;
};

const ACQUIRE = `
  INSERT INTO executor.sweeps AS s (engine_scope, leased_by, leased_until)
  VALUES ($1, $2, now() + $3 * interval '1 millisecond')
  ON CONFLICT (engine_scope) DO UPDATE SET leased_by = excluded.leased_by, leased_until = excluded.leased_until
  WHERE s.leased_by = excluded.leased_by OR s.leased_until < now()
  RETURNING extract(epoch FROM watermark) * 1000 AS watermark_ms`;
const ADVANCE = `
  UPDATE executor.sweeps SET watermark = to_timestamp($3 / 1000.0)
  WHERE engine_scope = $1 AND leased_by = $2 AND watermark < to_timestamp($3 / 1000.0)`;

/**
 * @param engineScope what is swept: namespace and task queue
 * @param holder this process, unique
 */
export function makeSweepLease(statePool: Pool, engineScope: string, holder: string): SweepLease {
  return {
    acquire: async (forMs) => {
      const { rows } = await statePool.query<{ watermark_ms: string }>(ACQUIRE, [engineScope, holder, forMs]);
      return rows[0] === undefined ? undefined : Number(rows[0].watermark_ms);
    },
    advance: async (watermark) => {
      await statePool.query(ADVANCE, [engineScope, holder, watermark]);
    },
  };
}
