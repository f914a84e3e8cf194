import type { ConnectionKind } from '@flowplane/contracts';
import type { KnownBackends } from '@flowplane/contracts/flow';
import type { Pool } from '@flowplane/plumbing/postgres';
import { makeDefaultBackends } from './default-backends.js';

type Workspace = { readonly tenantId: string; readonly workspaceId: string };

/** What tasks of a workspace can call, as far as it is known now: it is for warnings and palettes, no decision rests on it. */
export type WorkspaceBackends = (workspace: Workspace) => Promise<KnownBackends>;

/**
 * @param options.statePool of the state database, with `TASK_BACKEND_MIGRATIONS` applied
 * @param options.connectionsOf kind of each connection of the workspace, by name; may reject
 */
export function makeWorkspaceBackends(options: {
  readonly statePool: Pool;
  readonly connectionsOf: (workspace: Workspace) => Promise<ReadonlyMap<string, ConnectionKind>>;
}): WorkspaceBackends {
  const { kinds } = makeDefaultBackends(options.statePool);
  return async ({ tenantId, workspaceId }) => {
    const connectionsOf = options.connectionsOf({ tenantId, workspaceId }).catch(() => undefined);
    const [defaults, connections] = await Promise.all([kinds(), connectionsOf]);
    return { defaults, connections };
  };
}
