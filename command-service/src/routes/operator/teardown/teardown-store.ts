import { randomUUID } from 'node:crypto';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { StepOutcomes, TeardownReport } from './report.js';

/** How far a teardown has come. */
export type Teardown = {
  readonly teardownId: string;
  readonly tenantId: string;
  readonly begunAt: Date;
  readonly fenceId: string | null;
  readonly steps: StepOutcomes | null;
  /** Rows by table, as they were before anything was removed. */
  readonly destroyed: Readonly<Record<string, number>> | null;
  readonly purging: boolean;
  readonly report: TeardownReport | null;
  readonly finished: boolean;
};

export type TeardownStore = {
  /** The tenant's unfinished teardown, begun now unless there is one. */
  readonly open: (tenantId: string, requestedBy: string) => Promise<Teardown>;
  readonly load: (teardownId: string) => Promise<Teardown>;
  readonly fenced: (teardownId: string, fenceId: string) => Promise<void>;
  /** The first one stays. */
  readonly found: (
    teardownId: string,
    steps: StepOutcomes,
    destroyed: Readonly<Record<string, number>>,
  ) => Promise<void>;
  readonly purging: (teardownId: string) => Promise<void>;
  readonly finish: (teardownId: string, report: TeardownReport) => Promise<void>;
  /**
   * Does the work while nobody else does any for this teardown, on any instance.
   *
   * @returns undefined when somebody else is at it
   */
  readonly alone: <T>(teardownId: string, work: () => Promise<T>) => Promise<T | undefined>;
};

const COLUMNS = `
  teardown_id AS "teardownId", tenant_id AS "tenantId", begun_at AS "begunAt", fence_id AS "fenceId", steps, destroyed,
  purging, report, finished_at IS NOT NULL AS finished`;
const BEGIN = `
  INSERT INTO command.teardowns (teardown_id, tenant_id, requested_by) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`;
const UNFINISHED = `SELECT ${COLUMNS} FROM command.teardowns WHERE tenant_id = $1 AND finished_at IS NULL`;
const LOAD = `SELECT ${COLUMNS} FROM command.teardowns WHERE teardown_id = $1`;
const FENCED = 'UPDATE command.teardowns SET fence_id = $2 WHERE teardown_id = $1';
const FOUND = `
  UPDATE command.teardowns SET steps = coalesce(steps, $2), destroyed = coalesce(destroyed, $3)
   WHERE teardown_id = $1`;
const PURGING = 'UPDATE command.teardowns SET purging = true WHERE teardown_id = $1';
const FINISH = `
  UPDATE command.teardowns SET report = $2, finished_at = now() WHERE teardown_id = $1 AND finished_at IS NULL`;

/** @param pool of the state database; its schema `command` is migrated */
export function makeTeardownStore(pool: Pool): TeardownStore {
  const update = async (sql: string, ...values: readonly unknown[]): Promise<void> => {
    await pool.query(sql, [...values]);
  };
  return {
    open: async (tenantId, requestedBy) => {
      for (;;) {
        await update(BEGIN, randomUUID(), tenantId, requestedBy);
        const [row] = (await pool.query<Teardown>(UNFINISHED, [tenantId])).rows;
        // Else it was finished in between.
        if (row !== undefined) return row;
      }
    },
    load: async (teardownId) => {
      const [row] = (await pool.query<Teardown>(LOAD, [teardownId])).rows;
      if (row === undefined) throw new Error(`there is no teardown ${teardownId}`);
      return row;
    },
    fenced: (teardownId, fenceId) => update(FENCED, teardownId, fenceId),
    found: (teardownId, steps, destroyed) =>
      update(FOUND, teardownId, JSON.stringify(steps), JSON.stringify(destroyed)),
    purging: (teardownId) => update(PURGING, teardownId),
    finish: (teardownId, report) => update(FINISH, teardownId, JSON.stringify(report)),
    alone: async (teardownId, work) => {
      // A lock of the session: it ends with the process that holds it.
      const client = await pool.connect();
      const key = `teardown/${teardownId}`;
      let broken: Error | undefined;
      try {
        const { rows } = await client.query<{ got: boolean }>(
          'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS got',
          [key],
        );
        if (rows[0]?.got !== true) return undefined;
        try {
          return await work();
        } finally {
          await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [key]).catch((cause: unknown) => {
            broken = cause instanceof Error ? cause : new Error(String(cause));
          });
        }
      } finally {
        client.release(broken);
      }
    },
  };
}
