import type { Pool, PoolClient } from './pool.js';

/**
 * Runs `work` in one transaction: commits when it resolves, rolls back when it throws.
 *
 * @throws what `work` or the database throws; a connection whose rollback fails too is not used again.
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that dies between two statements reports it as an event, which nobody else listens to here.
  const onError = (cause: Error): void => {
    broken = cause;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (cause) {
    await client.query('ROLLBACK').catch((rollbackCause: unknown) => {
      broken = rollbackCause instanceof Error ? rollbackCause : new Error(String(rollbackCause));
    });
    throw cause;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

export type TenantScope = { readonly tenantId: string; readonly workspaceId: string };

/**
 * Runs `work` in a read transaction fenced by the row policies of `role`: it sees only rows of this tenant and
 * workspace, whatever its SQL says.
 */
export async function withTenant<T>(
  pool: Pool,
  scope: TenantScope,
  work: (client: PoolClient) => Promise<T>,
  role: 'flows_app' | 'flows_service' | 'flows_anon' = 'flows_app',
): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query({
      name: `tenant-scope-${role}`,
      text: `SELECT set_config('role', '${role}', true), set_config('app.tenant_id', $1, true), set_config('app.workspace_id', $2, true)`,
      values: [scope.tenantId, scope.workspaceId],
    });
    return work(client);
  });
}
