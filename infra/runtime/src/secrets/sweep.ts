import type { Logger } from '@flowplane/plumbing/logging';
import { startPeriodic, type Periodic } from '@flowplane/plumbing/periodic';
import { inTransaction, type Pool } from '@flowplane/plumbing/postgres';

/** Which of a tenant's secrets something refers to. What none names is removed. */
export type SecretsInUse = (tenantId: string, secretIds: readonly string[]) => Promise<ReadonlySet<string>>;

export type SweepOptions = {
  /** Of the state database, with `SECRET_MIGRATIONS` applied. */
  readonly pool: Pool;
  /** One for each kind of thing that has secrets. */
  readonly inUse: readonly SecretsInUse[];
  /** Whether `inUse` knows everything that was decided: nothing is removed for good while it does not. */
  readonly isCaughtUp: () => Promise<boolean>;
  readonly graceMs?: number;
  /** Secrets that are asked about at once. */
  readonly batch?: number;
};
export type Swept = { readonly secrets: number; readonly keys: number };

/** A command that refers to a secret may be decided for as long as it is in the log, 7 days. */
const ORPHAN_GRACE_MS = 691_200_000;
const SWEEP_INTERVAL_MS = 3_600_000;
const BATCH = 500;

const AGED = `
  SELECT tenant_id, secret_id FROM secrets.sealed
   WHERE written_at < now() - $1 * interval '1 ms' AND (tenant_id, secret_id) > ($2, $3)
   ORDER BY tenant_id, secret_id LIMIT $4`;
/** One that was put again meanwhile is no longer old enough. */
const REMOVE = `
  DELETE FROM secrets.sealed
   WHERE tenant_id = $1 AND secret_id = ANY ($2) AND written_at < now() - $3 * interval '1 ms'`;
const UNUSED_KEYS = `
  SELECT DISTINCT k.tenant_id FROM secrets.data_keys k
   WHERE k.created_at < now() - $1 * interval '1 ms'
     AND NOT EXISTS (SELECT 1 FROM secrets.sealed s WHERE s.tenant_id = k.tenant_id)`;
/** Waits for transactions that are about to write a row with one of them. */
const LOCK_KEYS = 'SELECT key_id FROM secrets.data_keys WHERE tenant_id = $1 ORDER BY 1 FOR UPDATE';
const REMOVE_KEYS = `
  DELETE FROM secrets.data_keys k WHERE k.tenant_id = $1 AND k.created_at < now() - $2 * interval '1 ms'
     AND NOT EXISTS (SELECT 1 FROM secrets.sealed s WHERE s.tenant_id = k.tenant_id)`;

/**
 * Removes what nothing has referred to for the grace time: secrets, then keys of tenants without secrets.
 *
 * @throws Error where it cannot be told what is referred to
 */
export async function sweepSecrets(options: SweepOptions, signal?: AbortSignal): Promise<Swept> {
  const { pool, inUse, graceMs = ORPHAN_GRACE_MS, batch = BATCH } = options;
  if (!(await options.isCaughtUp())) throw new Error('the read models do not have all events of the log');
  let secrets = 0;
  for (let after: readonly [string, string] = ['', '']; ;) {
    signal?.throwIfAborted();
    const { rows } = await pool.query<AgedRow>(AGED, [graceMs, ...after, batch]);
    for (const [tenantId, ids] of byTenant(rows)) {
      const used = await Promise.all(inUse.map((ask) => ask(tenantId, ids)));
      const orphans = ids.filter((id) => !used.some((some) => some.has(id)));
      if (orphans.length > 0) secrets += (await pool.query(REMOVE, [tenantId, orphans, graceMs])).rowCount ?? 0;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < batch) break;
    after = [last.tenant_id, last.secret_id];
  }
  return { secrets, keys: await sweepKeys(pool, graceMs, signal) };
}

/** `sweepSecrets` every hour, in the background. */
export function startSecretSweep(options: SweepOptions & { readonly logger: Logger }): Periodic {
  const { logger } = options;
  return startPeriodic({
    intervalMs: SWEEP_INTERVAL_MS,
    work: async (signal) => {
      const swept = await sweepSecrets(options, signal);
      if (swept.secrets + swept.keys > 0) logger.info(swept, 'secrets that nothing refers to were removed');
    },
    onFault: (cause) => logger.warn({ err: cause }, 'secrets could not be swept; it is tried again later'),
  });
}

type AgedRow = { readonly tenant_id: string; readonly secret_id: string };

function byTenant(rows: readonly AgedRow[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { tenant_id: tenantId, secret_id: secretId } of rows) {
    const ids = groups.get(tenantId) ?? [];
    ids.push(secretId);
    groups.set(tenantId, ids);
  }
  return groups;
}

/** The next secret of such a tenant makes a new key. */
async function sweepKeys(pool: Pool, graceMs: number, signal: AbortSignal | undefined): Promise<number> {
  const { rows } = await pool.query<{ tenant_id: string }>(UNUSED_KEYS, [graceMs]);
  let removed = 0;
  for (const { tenant_id: tenantId } of rows) {
    signal?.throwIfAborted();
    removed += await inTransaction(pool, async (client) => {
      await client.query(LOCK_KEYS, [tenantId]);
      return (await client.query(REMOVE_KEYS, [tenantId, graceMs])).rowCount ?? 0;
    });
  }
  return removed;
}
