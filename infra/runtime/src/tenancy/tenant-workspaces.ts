import type { Pool } from '@flowplane/plumbing/postgres';

/** `owner`: the tenant that asks, or nobody yet. */
export type TenantWorkspace = { readonly workspaceId: string; readonly owner: string | undefined };

/** Which workspaces a caller of a tenant reaches. */
export type WorkspacesAsked = {
  readonly tenantId: string;
  /** The only one that is asked for; null: all. */
  readonly bound: string | null;
  /** Named by the credential: listed as well while they are nobody's. */
  readonly named: readonly string[];
  /** Only those behind this name. */
  readonly after: string;
  readonly limit: number;
};

/** By name; never one that another tenant has or has reserved. */
export type TenantWorkspaces = (asked: WorkspacesAsked) => Promise<readonly TenantWorkspace[]>;

const LIST = `
  SELECT workspace_id AS "workspaceId", owner FROM (
    SELECT workspace_id, tenant_id AS owner FROM tenancy.workspace_owners
     WHERE tenant_id = $1 AND (confirmed_at IS NOT NULL OR workspace_id = ANY($3))
     UNION ALL
    SELECT DISTINCT named, NULL FROM unnest($3::text[]) AS named
     WHERE NOT EXISTS (SELECT 1 FROM tenancy.workspace_owners o WHERE o.workspace_id = named)) AS reached
   WHERE ($2::text IS NULL OR workspace_id = $2) AND workspace_id COLLATE "C" > $4
   ORDER BY workspace_id COLLATE "C" LIMIT $5`;

/** Over schema `tenancy` of the state database. */
export function makeTenantWorkspaces(statePool: Pool): TenantWorkspaces {
  return async ({ tenantId, bound, named, after, limit }) => {
    const { rows } = await statePool.query<{ readonly workspaceId: string; readonly owner: string | null }>(LIST, [
      ...[tenantId, bound, named, after, limit],
    ]);
    return rows.map(({ workspaceId, owner }) => ({ workspaceId, owner: owner ?? undefined }));
  };
}
