import { isExecutionOf, type NodeAttempt } from '@flowplane/contracts';
import { param, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { shownAttempt } from '../domain/execution-view.js';
import { bytesOf, holdRows, pageAnswer } from './bounded-rows.js';
import { decodeOffsetCursor, encodeCursor } from './cursor.js';
import { retainedSince, type ExecutionsScope } from './run-list.js';
import { pageAfter, pageSize } from './paging.js';
import { MAX_INLINE_BYTES } from './run-values.js';

type SubFlowNodeRecord = {
  readonly path: string;
  readonly flow_id: string;
  readonly version: string;
  readonly node_id: string;
  readonly status: string;
  readonly reused: boolean;
  readonly input_json: string | null;
  readonly output_json: string | null;
  readonly error: string | null;
  readonly attempts: string;
  readonly first_offset: string;
};

const DEFAULT_PAGE_SIZE = 100;
const ORDER = 'first_offset';
const small = (column: string): string =>
  `CASE WHEN octet_length(${column}) <= ${MAX_INLINE_BYTES} THEN ${column} END AS ${column}`;
/** Of large values neither the text nor its size counts: it is not loaded. */
const smallBytes = (column: string): string =>
  `CASE WHEN octet_length(${column}) <= ${MAX_INLINE_BYTES} THEN octet_length(${column}) ELSE 0 END`;
const NODES = `
  SELECT path, flow_id, version, node_id, status, reused, ${small('input_json')}, ${small('output_json')}, error, attempts,
         first_offset, ${bytesOf('path', 'node_id', 'error', 'attempts')}
           + coalesce(${smallBytes('input_json')}, 0) + coalesce(${smallBytes('output_json')}, 0) AS bytes
    FROM sub_flow_nodes WHERE root = $1 AND tenant_id = $2 AND workspace_id = $3`;
const RUN = `
  SELECT 1 FROM executions
   WHERE execution_id = $1 AND tenant_id = $2 AND workspace_id = $3 AND flow_id = $4
     AND (closed_at IS NULL OR closed_at > $5)`;

/** GET /flows/{flowId}/executions/{executionId}/children: nodes of the run's sub-flows, in the order of their first frames. */
export async function listChildren(scope: ExecutionsScope, call: Call): Promise<PartsAnswer> {
  const executionId = param(call, 'executionId');
  const flowId = param(call, 'flowId');
  if (!isExecutionOf(executionId, { ...call, flowId })) throw refusal('EXECUTION_NOT_FOUND');
  const limit = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const after = pageAfter(call, decodeOffsetCursor);
  const run = [executionId, call.tenantId, call.workspaceId];
  const exists = async (client: PoolClient): Promise<boolean> =>
    (await client.query(RUN, [...run, flowId, retainedSince(scope)])).rowCount !== 0;
  const values = after === undefined ? run : [...run, after.tie];
  const select = after === undefined ? NODES : `${NODES} AND first_offset > $4::bigint`;
  const list = { select, order: ORDER, values, limit };
  const page = await holdRows<SubFlowNodeRecord>(scope, call, list, { before: exists });
  if (page === undefined) throw refusal('EXECUTION_NOT_FOUND');
  const last = page.isMore ? page.rows.at(-1) : undefined;
  const nextPageToken = last === undefined ? null : encodeCursor({ timeMs: 0, tie: last.first_offset });
  return pageAnswer(page, nodeJson, `"nextPageToken":${JSON.stringify(nextPageToken)}`);
}

function nodeJson(row: SubFlowNodeRecord): string {
  const { flow_id: flowId, version, node_id: nodeId, status, reused } = row;
  const attempts = (JSON.parse(row.attempts) as readonly NodeAttempt[]).map(shownAttempt);
  return (
    `{"path":${row.path},${JSON.stringify({ flowId, version, nodeId, status, reused }).slice(1, -1)}` +
    `,"input":${row.input_json ?? 'null'},"output":${row.output_json ?? 'null'}` +
    `,"error":${row.error ?? 'null'},"attempts":${JSON.stringify(attempts)}}`
  );
}
