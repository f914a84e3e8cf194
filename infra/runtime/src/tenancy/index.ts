import { fileURLToPath } from 'node:url';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';

export { followOwners, type FollowedOwners } from './follow-owners.js';
export { makeOwnerStore } from './owner-positions.js';
export { makeOwnersLog } from './owners-log.js';
export { makeTenantWorkspaces, type TenantWorkspace, type TenantWorkspaces } from './tenant-workspaces.js';
export * from './workspace-owners.js';

/** Applies the migrations of schema `tenancy`; safe to run from several processes at once. */
export async function migrateTenancy(statePool: Pool): Promise<void> {
  const directory = fileURLToPath(new URL('../../migrations/tenancy', import.meta.url));
  await migrate(statePool, { schema: 'tenancy', directory });
}
