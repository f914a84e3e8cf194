import type { Pool } from '@flowplane/plumbing/postgres';
import { LIVE_SCHEMA } from '@flowplane/runtime/read-model';

export type TeardownPools = { readonly readPool: Pool; readonly statePool: Pool };

/** A table that says whose its rows are. */
export type TenantTable = { readonly schema: string; readonly table: string };

/**
 * Tables of the state database whose rows of a purged tenant stay: its teardowns as their proof, and snapshots, which the
 * decider's owner removes itself.
 */
const KEPT: ReadonlySet<string> = new Set(['command.teardowns', 'command.snapshot_tenants']);
/** Schemas that migrations of ours make. Others may share the databases, and their rows are theirs. */
export const OWN_SCHEMAS: readonly string[] = [
  ...['audit_publisher', 'command', 'content', 'event_topics', 'executor', 'task_backends'],
  ...[LIVE_SCHEMA, 'provisioning', 'secrets', 'tenancy', 'triggers'],
];
const TABLES = `
  SELECT n.nspname AS schema, c.relname AS table
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
   WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY ($1)
   ORDER BY 1, 2`;

export const nameOf = ({ schema, table }: TenantTable): string => `${schema}.${table}`;
const quoted = ({ schema, table }: TenantTable): string => `"${schema}"."${table}"`;

/** `isReadModel`: the purge's own event removes its rows. */
export type PlacedTable = TenantTable & { readonly pool: Pool; readonly isReadModel: boolean };

/** Every table of ours that has `tenant_id`, whichever these are, without those whose rows stay. */
export async function tenantTables({ readPool, statePool }: TeardownPools): Promise<readonly PlacedTable[]> {
  // Both may be one database.
  const placed = new Map<string, PlacedTable>();
  for (const pool of [readPool, statePool]) {
    const { rows } = await pool.query<TenantTable>(TABLES, [OWN_SCHEMAS]);
    for (const row of rows) {
      const isReadModel = row.schema === LIVE_SCHEMA;
      if (KEPT.has(nameOf(row)) || (isReadModel && pool !== readPool)) continue;
      placed.set(nameOf(row), { ...row, pool, isReadModel });
    }
  }
  return [...placed.values()];
}

export async function countRows(table: PlacedTable, tenantId: string): Promise<number> {
  const { rows } = await table.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${quoted(table)} WHERE tenant_id = $1`,
    [tenantId],
  );
  return rows[0]?.n ?? 0;
}

export async function deleteRows(table: PlacedTable, tenantId: string): Promise<void> {
  await table.pool.query(`DELETE FROM ${quoted(table)} WHERE tenant_id = $1`, [tenantId]);
}
