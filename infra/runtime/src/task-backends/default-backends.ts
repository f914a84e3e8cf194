import { CONNECTION_KINDS, type ConnectionKind } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';

/** Kinds of servers that the operator has configured for every tenant. */
export type DefaultBackends = {
  /** @returns undefined while no worker has said it, or the state database does not answer */
  readonly kinds: () => Promise<ReadonlySet<ConnectionKind> | undefined>;
};

/** A worker that was silent for longer has ended; it says it every 30 s. */
const ALIVE_FOR_S = 90;
const KEEP_MS = 5_000;

/** Of those that run; else of the one that ran last, so that a restart of all of them changes nothing. */
const READ = `
  SELECT kinds FROM task_backends.workers
   WHERE seen_at >= (SELECT least(max(seen_at), now() - make_interval(secs => ${ALIVE_FOR_S})) FROM task_backends.workers)`;

/** @param pool of the state database, with `TASK_BACKEND_MIGRATIONS` applied */
export function makeDefaultBackends(pool: Pool, now: () => number = () => performance.now()): DefaultBackends {
  let known: { readonly kinds: Promise<ReadonlySet<ConnectionKind> | undefined>; readonly at: number } | undefined;
  const read = async (): Promise<ReadonlySet<ConnectionKind> | undefined> => {
    const { rows } = await pool.query<{ kinds: readonly string[] }>(READ);
    if (rows.length === 0) return undefined;
    return new Set(CONNECTION_KINDS.filter((kind) => rows.some(({ kinds }) => kinds.includes(kind))));
  };
  return {
    kinds: () => {
      if (known === undefined || now() - known.at >= KEEP_MS) {
        known = { at: now(), kinds: read().catch(() => undefined) };
      }
      return known.kinds;
    },
  };
}
