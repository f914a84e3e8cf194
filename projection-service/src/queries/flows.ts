import { param, queryText, type Answer, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { flowResourceJson } from '@flowplane/contracts/read-model';
import { flowRowOf, type FlowRecord } from '../store/flow-record.js';
import { bytesOf, heldAnswer, holdRows, pageAnswer, wholeAnswer, type BoundedScope } from './bounded-rows.js';
import { decodeCursor, encodeCursor, type Cursor } from './cursor.js';
import { MAX_PAGE_SIZE, pageAfter, pageSize } from './paging.js';

const DEFAULT_PAGE_SIZE = 100;
const FLOWS = `
  SELECT *, ${bytesOf('definition', 'definition_yaml', 'name', 'created_by')} AS bytes FROM flows
   WHERE tenant_id = $1 AND workspace_id = $2 AND deleted_at IS NULL`;
const ORDER = 'created_at, flow_id';

const resourceOf = (record: FlowRecord): string => flowResourceJson(flowRowOf(record));
const cursorOf = (row: FlowRecord): Cursor => ({ timeMs: row.created_at.getTime(), tie: row.flow_id });

/** GET /flows: everything by creation, or pages of it where a page is asked for. */
export async function listFlows(scope: BoundedScope, call: Call): Promise<PartsAnswer> {
  const isPaged = queryText(call, 'page[size]') !== undefined || queryText(call, 'page[after]') !== undefined;
  const size = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const after = pageAfter(call, decodeCursor);
  if (!isPaged) {
    const first = await rowsBehind(scope, call, undefined, MAX_PAGE_SIZE);
    return wholeAnswer(
      first,
      (rows) => rows.map(resourceOf),
      (row) => rowsBehind(scope, call, cursorOf(row), MAX_PAGE_SIZE),
    );
  }
  const page = await rowsBehind(scope, call, after, size);
  const last = page.isMore ? page.rows.at(-1) : undefined;
  const nextCursor = last === undefined ? null : encodeCursor(cursorOf(last));
  return pageAnswer(page, resourceOf, `"pageInfo":${JSON.stringify({ size, nextCursor })}`);
}

async function rowsBehind(scope: BoundedScope, call: Call, after: Cursor | undefined, limit: number) {
  const values: unknown[] = [call.tenantId, call.workspaceId];
  if (after !== undefined) values.push(new Date(after.timeMs), after.tie);
  const behind = after === undefined ? '' : 'AND (created_at, flow_id) > ($3, $4)';
  const page = await holdRows<FlowRecord>(scope, call, { select: `${FLOWS} ${behind}`, order: ORDER, values, limit });
  if (page === undefined) throw new TypeError('a list of flows is always there');
  return page;
}

/** GET /flows/{flowId} */
export async function getFlow(scope: BoundedScope, call: Call): Promise<Answer | PartsAnswer> {
  const values = [call.tenantId, call.workspaceId, param(call, 'flowId')];
  const one = { select: `${FLOWS} AND flow_id = $3`, order: ORDER, values, limit: 1 };
  const found = await holdRows<FlowRecord>(scope, call, one);
  const row = found?.rows[0];
  if (found === undefined || row === undefined) {
    found?.held.release();
    throw refusal('FLOW_NOT_FOUND');
  }
  return heldAnswer(found.held, () => resourceOf(row), { etag: `"${row.revision}"` });
}
