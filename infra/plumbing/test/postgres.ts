import { randomUUID } from 'node:crypto';
import { ensureDatabase, makePool, type Pool } from '../src/postgres/index.js';

/** A database for one test file, on the server that `FLOWS_DB_URL` names. */
export type TrialDatabase = {
  readonly url: string;
  readonly pool: Pool;
  /** Removes it, with the sessions that are open there. */
  readonly end: () => Promise<void>;
};

/** @param connections most of the pool at once */
export async function startTrialDatabase(connections = 8): Promise<TrialDatabase> {
  const admin = process.env['FLOWS_DB_URL'] ?? '';
  const name = `trial_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(admin);
  url.pathname = `/${name}`;
  await ensureDatabase(url.toString());
  const pool = makePool(url.toString(), { max: connections, applicationName: 'trial' });
  return {
    url: url.toString(),
    pool,
    end: async () => {
      await pool.end();
      const server = makePool(admin, { max: 1, applicationName: 'trial' });
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
    },
  };
}
