import type { Call } from '@flowplane/runtime/api';
import { withTenant, type Pool, type PoolClient } from '@flowplane/plumbing/postgres';
import { awaitMinPosition, orUnavailable, type PositionWait } from '@flowplane/runtime/read-model';

export type ReadScope = PositionWait & { readonly pool: Pool };

/**
 * Reads as the caller: after the position it asks for, under the row policies of its role, tenant and workspace.
 *
 * @throws Refusal as `awaitMinPosition`; 503 STORE_UNAVAILABLE
 */
export async function readAs<T>(scope: ReadScope, call: Call, work: (client: PoolClient) => Promise<T>): Promise<T> {
  await awaitMinPosition(scope, call);
  const { tenantId, workspaceId, identity } = call;
  return orUnavailable(withTenant(scope.pool, { tenantId, workspaceId }, work, identity.dbRole));
}
