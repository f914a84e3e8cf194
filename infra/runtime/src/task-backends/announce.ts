import type { ConnectionKind } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic, type Periodic } from '@flowplane/plumbing/periodic';
import type { Pool } from '@flowplane/plumbing/postgres';

const ANNOUNCE_EVERY_MS = 30_000;
/** Rows of workers that ended longer ago go; as long as there is no later one, the last one stays. */
const FORGET_AFTER_HOURS = 24;

const ANNOUNCE = `
  INSERT INTO task_backends.workers (worker_id, kinds) VALUES ($1, $2)
  ON CONFLICT (worker_id) DO UPDATE SET kinds = excluded.kinds, seen_at = now()`;
const FORGET = `
  DELETE FROM task_backends.workers
   WHERE seen_at < now() - make_interval(hours => ${FORGET_AFTER_HOURS}) AND worker_id <> $1`;

/**
 * Tells the services which servers this worker has for every tenant, now and as long as it runs. What it said last stays
 * known after its end, so that a restart makes nothing look unavailable.
 *
 * @param options.pool of the state database, with `TASK_BACKEND_MIGRATIONS` applied
 */
export async function announceBackends(options: {
  readonly pool: Pool;
  readonly workerId: string;
  readonly kinds: readonly ConnectionKind[];
  readonly logger: Pick<Logger, 'warn'>;
}): Promise<Periodic> {
  const { pool, workerId, kinds, logger } = options;
  const announce = async (): Promise<void> => {
    await pool.query(ANNOUNCE, [workerId, kinds]);
    await pool.query(FORGET, [workerId]);
  };
  await announce();
  return startPeriodic({
    intervalMs: ANNOUNCE_EVERY_MS,
    work: announce,
    onFault: (err) => logger.warn({ err }, 'the services cannot be told now which servers this worker has'),
  });
}
