import { fileURLToPath } from 'node:url';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';

/** Ownership of workspaces, in schema `tenancy` of the state database. An owner never changes, so hits are cached. */
export type WorkspaceOwners = {
  readonly ownerOf: (workspaceId: string) => Promise<string | undefined>;
  /** Makes the tenant the owner unless there is one. @returns the owner */
  readonly claim: (workspaceId: string, tenantId: string) => Promise<string>;
};

const MAX_CACHED = 100_000;

/** Applies the migrations of schema `tenancy`; safe to run from several processes at once. */
export async function migrateTenancy(statePool: Pool): Promise<void> {
  const directory = fileURLToPath(new URL('../../migrations/tenancy', import.meta.url));
  await migrate(statePool, { schema: 'tenancy', directory });
}

export function makeWorkspaceOwners(statePool: Pool): WorkspaceOwners {
  const known = new Map<string, string>();
  const remember = (workspaceId: string, tenantId: string): string => {
    if (known.size >= MAX_CACHED) known.clear();
    known.set(workspaceId, tenantId);
    return tenantId;
  };
  const ownerOf = async (workspaceId: string): Promise<string | undefined> => {
    const cached = known.get(workspaceId);
    if (cached !== undefined) return cached;
    const { rows } = await statePool.query<{ tenant_id: string }>(
      'SELECT tenant_id FROM tenancy.workspace_owners WHERE workspace_id = $1',
      [workspaceId],
    );
    const tenantId = rows[0]?.tenant_id;
    return tenantId === undefined ? undefined : remember(workspaceId, tenantId);
  };
  const claim = async (workspaceId: string, tenantId: string): Promise<string> => {
    const cached = known.get(workspaceId);
    if (cached !== undefined) return cached;
    await statePool.query(
      'INSERT INTO tenancy.workspace_owners (workspace_id, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [workspaceId, tenantId],
    );
    const owner = await ownerOf(workspaceId);
    if (owner === undefined) throw new Error('a workspace that was just claimed has no owner');
    return owner;
  };
  return { ownerOf, claim };
}
