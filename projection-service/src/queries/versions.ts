import { param, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { isoTime } from '@flowplane/contracts/read-model';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { bytesOf, heldAnswer, holdRows, wholeAnswer, type BoundedScope } from './bounded-rows.js';
import { MAX_PAGE_SIZE } from './paging.js';

type VersionRecord = {
  readonly version: number;
  readonly dsl_api_version: string;
  readonly created_by: string;
  readonly created_at: Date;
  readonly archived_at: Date | null;
};
type WholeVersionRecord = VersionRecord & { readonly definition: string; readonly definition_yaml: string | null };

const EXISTS = 'SELECT 1 FROM flows WHERE tenant_id = $1 AND workspace_id = $2 AND flow_id = $3 AND deleted_at IS NULL';
/** Versions of a flow that exists: those of a deleted one are kept for its runs only. */
const OF_FLOW = `
    FROM flows f
    JOIN flow_versions v USING (tenant_id, workspace_id, flow_id, generation)
   WHERE f.tenant_id = $1 AND f.workspace_id = $2 AND f.flow_id = $3 AND f.deleted_at IS NULL`;
const LIST = `
  SELECT v.version, v.dsl_api_version, v.created_by, v.created_at, v.archived_at, ${bytesOf('v.created_by')} AS bytes ${OF_FLOW}`;
const ONE = `
  SELECT v.version, v.dsl_api_version, v.created_by, v.created_at, v.archived_at, v.definition, v.definition_yaml,
         ${bytesOf('v.definition', 'v.definition_yaml', 'v.created_by')} AS bytes ${OF_FLOW} AND v.version = $4`;

const itemOf = (flowId: string, row: VersionRecord) => ({
  flowId,
  version: row.version,
  dslApiVersion: row.dsl_api_version,
  createdBy: row.created_by,
  createdAt: isoTime(row.created_at.getTime()),
  ...(row.archived_at === null ? {} : { archivedAt: isoTime(row.archived_at.getTime()) }),
});

/** GET /flows/{flowId}/versions */
export async function listVersions(scope: BoundedScope, call: Call): Promise<PartsAnswer> {
  const flowId = param(call, 'flowId');
  const values = [call.tenantId, call.workspaceId, flowId];
  const exists = async (client: PoolClient): Promise<boolean> => (await client.query(EXISTS, values)).rowCount !== 0;
  const behind = (version: number) => {
    const list = { select: `${LIST} AND v.version > $4`, order: 'version', values: [...values, version] };
    return holdRows<VersionRecord>(scope, call, { ...list, limit: MAX_PAGE_SIZE }, { before: exists });
  };
  const first = await behind(0);
  if (first === undefined) throw refusal('FLOW_NOT_FOUND');
  const textsOf = (rows: readonly VersionRecord[]) => rows.map((row) => JSON.stringify(itemOf(flowId, row)));
  return wholeAnswer(first, textsOf, ({ version }) => behind(version));
}

/** GET /flows/{flowId}/versions/{version} */
export async function getVersion(scope: BoundedScope, call: Call): Promise<PartsAnswer> {
  const flowId = param(call, 'flowId');
  const text = param(call, 'version');
  const version = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
  const values = [call.tenantId, call.workspaceId, flowId, version];
  const one = { select: ONE, order: 'version', values, limit: 1 };
  const found = await holdRows<WholeVersionRecord>(scope, call, one);
  const row = found?.rows[0];
  if (found === undefined || row === undefined) {
    found?.held.release();
    throw refusal('VERSION_NOT_FOUND');
  }
  return heldAnswer(found.held, () => {
    const members = JSON.stringify({ ...itemOf(flowId, row), definitionYaml: row.definition_yaml });
    return `${members.slice(0, -1)},"definition":${row.definition}}`;
  });
}
