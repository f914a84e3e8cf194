import { inTransaction, type Pool, type PoolClient } from '@flowplane/plumbing/postgres';
import { loadProgress, PROGRESS_CHANNEL } from '@flowplane/runtime/read-model';
import { readPositions, type ProjectionPositions } from './positions.js';

export type SwitchOptions = {
  /** Unqualified names mean the live schema. */
  readonly pool: Pool;
  readonly live: string;
  readonly rebuilt: string;
  /** Name the former live schema gets. */
  readonly retired: string;
  /** Brings the rebuilt schema to these positions of the live one; called while nobody can move them. */
  readonly finish: (positions: ProjectionPositions, live: PoolClient) => Promise<unknown>;
};

const LOCK_TIMEOUT_MS = 10_000;

/**
 * Puts the rebuilt schema in the live one's place, in one transaction. Every transaction of a projection begins with
 * the progress table: those under way end first, later ones wait and then find the new tables under the same names.
 */
export async function switchSchemas(options: SwitchOptions): Promise<void> {
  const { pool, live, rebuilt, retired } = options;
  await inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(`LOCK TABLE ${live}.projection_progress IN ACCESS EXCLUSIVE MODE`);
    await client.query(`DROP SCHEMA IF EXISTS ${retired} CASCADE`);
    const positions = await readPositions(client, live);
    await options.finish(positions, client);
    await client.query(`ALTER SCHEMA ${live} RENAME TO ${retired}`);
    await client.query(`ALTER SCHEMA ${rebuilt} RENAME TO ${live}`);
    // The live schema is the new one from here on.
    for (const { name, partition, offset } of await loadProgress(client)) {
      await client.query('SELECT pg_notify($1, $2)', [PROGRESS_CHANNEL, `${name}:${partition}:${offset}`]);
    }
  });
}
