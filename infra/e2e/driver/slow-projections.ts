import { withDatabase } from './log-totals.js';

/**
 * Makes every batch of every projection take longer by a pause in its own transaction, between what it writes and its
 * commit: a database that is slow to write, to projections and to callers that wait for them.
 */
export function slowProjections(dbUrl: string | undefined, pauseMs: number): Promise<void> {
  return withDatabase(dbUrl, async (pool) => {
    await pool.query(`
      CREATE OR REPLACE FUNCTION flows.slowed_on_purpose() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(${pauseMs / 1000}); RETURN NULL; END $$;
      CREATE OR REPLACE TRIGGER slowed_on_purpose AFTER UPDATE ON flows.projection_progress
        FOR EACH STATEMENT EXECUTE FUNCTION flows.slowed_on_purpose()`);
  });
}
