import { param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { isoTime } from '../domain/plain-text.js';
import { readAs, type ReadScope } from './read-scope.js';

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
const LIST = `SELECT v.version, v.dsl_api_version, v.created_by, v.created_at, v.archived_at ${OF_FLOW} ORDER BY v.version`;
const ONE = `
  SELECT v.version, v.dsl_api_version, v.created_by, v.created_at, v.archived_at, v.definition, v.definition_yaml ${OF_FLOW}
     AND v.version = $4`;

const itemOf = (flowId: string, row: VersionRecord) => ({
  flowId,
  version: row.version,
  dslApiVersion: row.dsl_api_version,
  createdBy: row.created_by,
  createdAt: isoTime(row.created_at.getTime()),
  ...(row.archived_at === null ? {} : { archivedAt: isoTime(row.archived_at.getTime()) }),
});

/** GET /flows/{flowId}/versions */
export async function listVersions(scope: ReadScope, call: Call): Promise<Answer> {
  const flowId = param(call, 'flowId');
  const values = [call.tenantId, call.workspaceId, flowId];
  const rows = await readAs(scope, call, async (client) => {
    const exists = await client.query(EXISTS, values);
    return exists.rowCount === 0 ? undefined : (await client.query<VersionRecord>(LIST, values)).rows;
  });
  if (rows === undefined) throw refusal('FLOW_NOT_FOUND');
  return { status: 200, body: { items: rows.map((row) => itemOf(flowId, row)) } };
}

/** GET /flows/{flowId}/versions/{version} */
export async function getVersion(scope: ReadScope, call: Call): Promise<Answer> {
  const flowId = param(call, 'flowId');
  const text = param(call, 'version');
  const version = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
  const values = [call.tenantId, call.workspaceId, flowId, version];
  const [row] = await readAs(scope, call, async (client) => (await client.query<WholeVersionRecord>(ONE, values)).rows);
  if (row === undefined) throw refusal('VERSION_NOT_FOUND');
  const definition = JSON.parse(row.definition) as unknown;
  return { status: 200, body: { ...itemOf(flowId, row), definitionYaml: row.definition_yaml, definition } };
}
