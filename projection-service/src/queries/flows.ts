import { param, queryText, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { flowResourceJson } from '../domain/flow-row.js';
import { flowRowOf, type FlowRecord } from '../store/flow-record.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { pageAfter, pageSize, splitPage } from './paging.js';
import { readAs, type ReadScope } from './read-scope.js';

const DEFAULT_PAGE_SIZE = 100;
const ONE = 'SELECT * FROM flows WHERE tenant_id = $1 AND workspace_id = $2 AND flow_id = $3 AND deleted_at IS NULL';
const ALL = `
  SELECT * FROM flows WHERE tenant_id = $1 AND workspace_id = $2 AND deleted_at IS NULL
   ORDER BY created_at, flow_id`;
const PAGE = `
  SELECT * FROM flows
   WHERE tenant_id = $1 AND workspace_id = $2 AND deleted_at IS NULL
     AND ($3::timestamptz IS NULL OR (created_at, flow_id) > ($3, $4))
   ORDER BY created_at, flow_id LIMIT $5`;

const resourceOf = (record: FlowRecord): Readonly<Record<string, unknown>> =>
  JSON.parse(flowResourceJson(flowRowOf(record))) as Record<string, unknown>;

/** GET /flows: everything by creation, or pages of it where a page is asked for. */
export async function listFlows(scope: ReadScope, call: Call): Promise<Answer> {
  const paged = queryText(call, 'page[size]') !== undefined || queryText(call, 'page[after]') !== undefined;
  const size = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const after = pageAfter(call, decodeCursor);
  const { tenantId, workspaceId } = call;
  const rows = await readAs(scope, call, async (client) => {
    const found = paged
      ? await client.query<FlowRecord>(PAGE, [
          tenantId,
          workspaceId,
          after === undefined ? null : new Date(after.timeMs),
          after?.tie ?? null,
          size + 1,
        ])
      : await client.query<FlowRecord>(ALL, [tenantId, workspaceId]);
    return found.rows;
  });
  if (!paged) return { status: 200, body: { items: rows.map(resourceOf) } };
  const { items, last } = splitPage(rows, size);
  const nextCursor = last === undefined ? null : encodeCursor({ timeMs: last.created_at.getTime(), tie: last.flow_id });
  return { status: 200, body: { items: items.map(resourceOf), pageInfo: { size, nextCursor } } };
}

/** GET /flows/{flowId} */
export async function getFlow(scope: ReadScope, call: Call): Promise<Answer> {
  const values = [call.tenantId, call.workspaceId, param(call, 'flowId')];
  const [row] = await readAs(scope, call, async (client) => (await client.query<FlowRecord>(ONE, values)).rows);
  if (row === undefined) throw refusal('FLOW_NOT_FOUND');
  return { status: 200, body: resourceOf(row), headers: { etag: `"${row.revision}"` } };
}
