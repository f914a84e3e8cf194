import { CONTROL_PROJECTION } from '@flowplane/contracts';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, tenantRowsOf } from './public-query.js';

/** A stored draft. Texts are as stored. */
export type Draft = {
  readonly revision: number;
  /** Offset of the command that created the flow; null of one from before this was kept. */
  readonly birth: number | null;
  readonly dslApiVersion: string;
  /** JSON text; null for an empty draft. */
  readonly definition: string | null;
  readonly definitionYaml: string | null;
};

export type VersionRef = TenantScope & { readonly flowId: string; readonly version: number };

/** Definition (JSON text) of a version, if there is one, and the position of the same moment. */
export type VersionAsOf = { readonly definition: string | null; readonly nextOffset: number };

export const DRAFT = publicQuery({
  name: 'draft',
  text: `
    SELECT revision, birth, dsl_api_version, definition, definition_yaml
      FROM flows.flows WHERE flow_id = $1 AND deleted_at IS NULL`,
  columns: {
    revision: 'int8',
    birth: 'int8?',
    dsl_api_version: 'text',
    definition: 'text?',
    definition_yaml: 'text?',
  },
});

export const PUBLISHED_VERSION = publicQuery({
  name: 'published-version',
  text: `
    SELECT (SELECT v.definition
              FROM flows.flows f
              JOIN flows.flow_versions v USING (tenant_id, workspace_id, flow_id, generation)
             WHERE f.tenant_id = $1 AND f.workspace_id = $2 AND f.flow_id = $3 AND f.deleted_at IS NULL
               AND v.version = $4) AS definition,
           (SELECT next_offset FROM flows.projection_progress WHERE projection = $5 AND partition = $6) AS next_offset`,
  columns: { definition: 'text?', next_offset: 'int8?' },
});

/** Versions of a flow that was created again under its old id differ in generation: the last counts. */
export const ANY_VERSION = publicQuery({
  name: 'any-version',
  text: `
    SELECT (SELECT definition FROM flows.flow_versions
             WHERE tenant_id = $1 AND workspace_id = $2 AND flow_id = $3 AND version = $4
             ORDER BY generation DESC LIMIT 1) AS definition,
           (SELECT next_offset FROM flows.projection_progress WHERE projection = $5 AND partition = $6) AS next_offset`,
  columns: { definition: 'text?', next_offset: 'int8?' },
});

export const FLOW_COUNT = publicQuery({
  name: 'used-flows',
  text: 'SELECT flows.tenant_flow_count()::int AS used',
  columns: { used: 'int4' },
});

export const VERSION_COUNT = publicQuery({
  name: 'used-versions',
  text: `SELECT coalesce(latest_version, 0) AS used FROM flows.flows WHERE flow_id = $1 AND deleted_at IS NULL`,
  columns: { used: 'int4' },
});

export async function draftOf(pool: Pool, scope: TenantScope, flowId: string): Promise<Draft | undefined> {
  const [row] = await tenantRowsOf(pool, scope, DRAFT, [flowId]);
  if (row === undefined) return undefined;
  return {
    revision: Number(row.revision),
    birth: row.birth === null ? null : Number(row.birth),
    dslApiVersion: row.dsl_api_version,
    definition: row.definition,
    definitionYaml: row.definition_yaml,
  };
}

/** No partition: the position is not asked for. */
const NO_PARTITION = -1;

const valuesOf = (ref: VersionRef, partition: number) => [
  ...[ref.tenantId, ref.workspaceId, ref.flowId, ref.version],
  ...[CONTROL_PROJECTION, partition],
];

/** Definition (JSON text) of a published version, as the tenant may see it. */
export async function versionOf(
  pool: Pool,
  { tenantId, workspaceId }: TenantScope,
  flowId: string,
  version: number,
): Promise<string | undefined> {
  const values = valuesOf({ tenantId, workspaceId, flowId, version }, NO_PARTITION);
  return (await tenantRowsOf(pool, { tenantId, workspaceId }, PUBLISHED_VERSION, values))[0]?.definition ?? undefined;
}

/** A published version of a flow that exists. @param partition of the events log whose position is told */
export const publishedVersion = (pool: Pool, ref: VersionRef, partition = NO_PARTITION): Promise<VersionAsOf> =>
  versionAsOf(pool, PUBLISHED_VERSION, ref, partition);

/** A version, of a deleted flow as well. @param partition of the events log whose position is told */
export const anyVersion = (pool: Pool, ref: VersionRef, partition = NO_PARTITION): Promise<VersionAsOf> =>
  versionAsOf(pool, ANY_VERSION, ref, partition);

async function versionAsOf(
  pool: Pool,
  query: typeof ANY_VERSION,
  ref: VersionRef,
  partition: number,
): Promise<VersionAsOf> {
  const [row] = await rowsOf(pool, query, valuesOf(ref, partition));
  return { definition: row?.definition ?? null, nextOffset: Number(row?.next_offset ?? 0) };
}

/** Flows of the tenant, over all its workspaces. */
export async function flowCount(pool: Pool, scope: TenantScope): Promise<number> {
  return (await tenantRowsOf(pool, scope, FLOW_COUNT))[0]?.used ?? 0;
}

export async function versionCount(pool: Pool, scope: TenantScope, flowId: string): Promise<number> {
  return (await tenantRowsOf(pool, scope, VERSION_COUNT, [flowId]))[0]?.used ?? 0;
}
