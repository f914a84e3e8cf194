import { CONTROL_PROJECTION } from '@flowplane/contracts';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, tenantRowsOf, type RowOf } from './public-query.js';

/** Texts are as stored; `birth`: offset of the command that created the flow, null of one from before this was kept. */
export const DRAFT = publicQuery({
  name: 'draft',
  text: `
    SELECT revision, birth, dsl_api_version AS "dslApiVersion", definition, definition_yaml AS "definitionYaml"
      FROM flows.flows WHERE flow_id = $1 AND deleted_at IS NULL`,
  columns: 'revision int8, birth int8?, dslApiVersion text, definition text?, definitionYaml text?',
});

/** Of a flow that exists, and not removed: what may be started, and named by a sub-flow node. */
export const KEPT_VERSION = publicQuery({
  name: 'kept-version',
  text: `
    SELECT v.definition
      FROM flows.flows f
      JOIN flows.flow_versions v USING (tenant_id, workspace_id, flow_id, generation)
     WHERE f.flow_id = $1 AND f.deleted_at IS NULL AND v.version = $2 AND v.archived_at IS NULL`,
  columns: 'definition text',
});

/** Of a flow that exists, removed or not. Version and position of one moment. */
export const PUBLISHED_VERSION = publicQuery({
  name: 'published-version',
  text: `
    SELECT (SELECT v.definition
              FROM flows.flows f
              JOIN flows.flow_versions v USING (tenant_id, workspace_id, flow_id, generation)
             WHERE f.tenant_id = $1 AND f.workspace_id = $2 AND f.flow_id = $3 AND f.deleted_at IS NULL
               AND v.version = $4) AS definition,
           (SELECT next_offset FROM flows.projection_progress WHERE projection = $5 AND partition = $6) AS "nextOffset"`,
  columns: 'definition text?, nextOffset int8?',
});

/** Of a deleted flow as well. Versions of a flow that was created again differ in generation: the last counts. */
export const ANY_VERSION = publicQuery({
  name: 'any-version',
  text: `
    SELECT (SELECT definition FROM flows.flow_versions
             WHERE tenant_id = $1 AND workspace_id = $2 AND flow_id = $3 AND version = $4
             ORDER BY generation DESC LIMIT 1) AS definition,
           (SELECT next_offset FROM flows.projection_progress WHERE projection = $5 AND partition = $6) AS "nextOffset"`,
  columns: 'definition text?, nextOffset int8?',
});

export const FLOW_COUNT = publicQuery({
  name: 'used-flows',
  text: 'SELECT flows.tenant_flow_count()::int AS used',
  columns: 'used int4',
});

export const VERSION_COUNT = publicQuery({
  name: 'used-versions',
  text: `
    SELECT count(*)::int AS used
      FROM flows.flows f
      JOIN flows.flow_versions v USING (tenant_id, workspace_id, flow_id, generation)
     WHERE f.flow_id = $1 AND f.deleted_at IS NULL AND v.archived_at IS NULL`,
  columns: 'used int4',
});

export type Draft = RowOf<(typeof DRAFT)['columns']>;
export type VersionRef = TenantScope & { readonly flowId: string; readonly version: number };
/** Definition (JSON text), if there is such a version, and the position of that moment. */
export type VersionAsOf = { readonly definition: string | null; readonly nextOffset: number };

export async function draftOf(pool: Pool, scope: TenantScope, flowId: string): Promise<Draft | undefined> {
  return (await tenantRowsOf(pool, scope, DRAFT, [flowId]))[0];
}

/** No partition: the position is not asked for. */
const NO_PARTITION = -1;

const valuesOf = ({ tenantId, workspaceId, flowId, version }: VersionRef, partition = NO_PARTITION) => [
  ...[tenantId, workspaceId, flowId, version],
  ...[CONTROL_PROJECTION, partition],
];

/** Definition (JSON text) of a version that is kept, as its tenant. */
export async function versionOf(pool: Pool, ref: VersionRef): Promise<string | undefined> {
  return (await tenantRowsOf(pool, ref, KEPT_VERSION, [ref.flowId, ref.version]))[0]?.definition;
}

/** A published version, removed or not, as the owner of the connection. @param partition of the events log, for its position */
export async function publishedVersion(pool: Pool, ref: VersionRef, partition?: number): Promise<VersionAsOf> {
  const [row] = await rowsOf(pool, PUBLISHED_VERSION, valuesOf(ref, partition));
  return { definition: row?.definition ?? null, nextOffset: row?.nextOffset ?? 0 };
}

/** A version, of a deleted flow as well. @param partition of the events log, for its position */
export async function anyVersion(pool: Pool, ref: VersionRef, partition?: number): Promise<VersionAsOf> {
  const [row] = await rowsOf(pool, ANY_VERSION, valuesOf(ref, partition));
  return { definition: row?.definition ?? null, nextOffset: row?.nextOffset ?? 0 };
}

/** Flows of the tenant, over all its workspaces. */
export async function flowCount(pool: Pool, scope: TenantScope): Promise<number> {
  return (await tenantRowsOf(pool, scope, FLOW_COUNT))[0]?.used ?? 0;
}

export async function versionCount(pool: Pool, scope: TenantScope, flowId: string): Promise<number> {
  return (await tenantRowsOf(pool, scope, VERSION_COUNT, [flowId]))[0]?.used ?? 0;
}

export const WORKSPACE_IN_USE = publicQuery({
  name: 'workspace-in-use',
  text: `
    SELECT (EXISTS (SELECT 1 FROM flows.flows WHERE tenant_id = $1 AND workspace_id = $2)
         OR EXISTS (SELECT 1 FROM flows.executions WHERE tenant_id = $1 AND workspace_id = $2)) AS "inUse"`,
  columns: 'inUse bool',
});

/** Whether a tenant has, or had, anything in a workspace, as far as the read models have come. */
export async function isWorkspaceInUse(pool: Pool, { tenantId, workspaceId }: TenantScope): Promise<boolean> {
  return (await rowsOf(pool, WORKSPACE_IN_USE, [tenantId, workspaceId]))[0]?.inUse === true;
}
