import { parseExecutionId } from '@flowplane/contracts';
import { param, queryText, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { isoTime, isoTimeOrNull } from '../domain/plain-text.js';
import { decodeOffsetCursor, encodeCursor } from './cursor.js';
import { parseExecutionFilter, statusNamed, type Comparison } from './execution-filter.js';
import { filterConditions } from './filter-sql.js';
import { bytesOf, holdRows, pageAnswer, type BoundedScope } from './bounded-rows.js';
import { invalidQuery, pageAfter, pageSize } from './paging.js';

export type ExecutionsScope = BoundedScope & {
  /** Closed runs older than this are gone (FLOWS_RUN_RETENTION), ms. */
  readonly runRetentionMs: number;
};

type ListRecord = {
  readonly execution_id: string;
  readonly flow_id: string;
  readonly version: number;
  readonly status: string;
  readonly trigger_type: string;
  readonly created_at: Date;
  readonly created_offset: string;
  readonly started_at: Date | null;
  readonly closed_at: Date | null;
};

const DEFAULT_PAGE_SIZE = 100;
const ORDER = 'created_at DESC, created_offset DESC';
const COLUMNS =
  'e.execution_id, e.flow_id, e.version, e.status, e.trigger_type, e.created_at, e.created_offset, e.started_at, e.closed_at';
/** A deleted flow's runs stay listed; a flow that never was is unknown. */
const EVER_EXISTED = 'SELECT 1 FROM flows WHERE tenant_id = $1 AND workspace_id = $2 AND flow_id = $3';

/** GET /flows/{flowId}/executions, newest first. */
export async function listExecutions(scope: ExecutionsScope, call: Call): Promise<PartsAnswer> {
  const size = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const after = pageAfter(call, decodeOffsetCursor);
  const comparisons = filterOf(call);
  const values: unknown[] = [call.tenantId, call.workspaceId, param(call, 'flowId')];
  const push = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [
    'e.tenant_id = $1 AND e.workspace_id = $2 AND e.flow_id = $3',
    `(e.closed_at IS NULL OR e.closed_at > ${push(retainedSince(scope))})`,
    ...filterConditions(comparisons, push),
    ...(after === undefined
      ? []
      : [`(e.created_at, e.created_offset) < (${push(new Date(after.timeMs))}, ${push(after.tie)}::bigint)`]),
  ];
  const bytes = bytesOf('e.execution_id', 'e.flow_id');
  const select = `SELECT ${COLUMNS}, ${bytes} AS bytes FROM executions e WHERE ${conditions.join(' AND ')}`;
  const page = await holdRows<ListRecord>(
    scope,
    call,
    { select, order: ORDER, values, limit: size },
    {
      before: (client) => everExisted(client, call),
    },
  );
  if (page === undefined) throw refusal('FLOW_NOT_FOUND');
  const last = page.isMore ? page.rows.at(-1) : undefined;
  const nextPageToken =
    last === undefined ? null : encodeCursor({ timeMs: last.created_at.getTime(), tie: last.created_offset });
  return pageAnswer(page, (row) => JSON.stringify(itemOf(row)), `"nextPageToken":${JSON.stringify(nextPageToken)}`);
}

/** Runs closed before this are past their retention, whether or not their rows are removed yet. */
export const retainedSince = (scope: ExecutionsScope): Date => new Date(Date.now() - scope.runRetentionMs);

async function everExisted(client: PoolClient, call: Call): Promise<boolean> {
  const { rowCount } = await client.query(EVER_EXISTED, [call.tenantId, call.workspaceId, param(call, 'flowId')]);
  return rowCount !== 0;
}

function filterOf(call: Call): readonly Comparison[] {
  const query = queryText(call, 'query') ?? queryText(call, 'filter') ?? '';
  const parsed = parseExecutionFilter(query);
  if (!parsed.ok) throw invalidQuery(`The filter cannot be used: ${parsed.reason}`);
  const text = queryText(call, 'status');
  if (text === undefined) return parsed.comparisons;
  const status = statusNamed(text);
  if (status === undefined) throw invalidQuery('status is no status of a run');
  return [...parsed.comparisons, { field: 'ExecutionStatus', operator: '=', value: status }];
}

function itemOf(row: ListRecord) {
  return {
    executionId: row.execution_id,
    workflowId: row.execution_id,
    runId: parseExecutionId(row.execution_id)?.runId ?? null,
    flowId: row.flow_id,
    version: String(row.version),
    status: row.status,
    triggerType: row.trigger_type,
    createdAt: isoTime(row.created_at.getTime()),
    startedAt: isoTimeOrNull(row.started_at?.getTime() ?? null),
    closedAt: isoTimeOrNull(row.closed_at?.getTime() ?? null),
  };
}
