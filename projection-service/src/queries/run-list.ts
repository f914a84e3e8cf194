import { parseExecutionId } from '@flowplane/contracts';
import type { Call, PartsAnswer } from '@flowplane/runtime/api';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { isoTime, isoTimeOrNull } from '@flowplane/contracts/read-model';
import { bytesOf, holdRows, pageAnswer, type BoundedList, type BoundedScope } from './bounded-rows.js';
import { decodeOffsetCursor, encodeCursor } from './cursor.js';
import { pageAfter, pageSize } from './paging.js';

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
  readonly labels: string;
  readonly created_at: Date;
  readonly created_offset: string;
  readonly started_at: Date | null;
  readonly closed_at: Date | null;
};

const DEFAULT_PAGE_SIZE = 100;
const ORDER = 'created_at DESC, created_offset DESC';
const COLUMNS =
  'e.execution_id, e.flow_id, e.version, e.status, e.trigger_type, e.labels, e.created_at, e.created_offset, e.started_at, e.closed_at';
const BYTES = bytesOf('e.execution_id', 'e.flow_id', 'e.labels');

/** Adds a parameter and returns its placeholder. */
export type Push = (value: unknown) => string;

/** Conditions on the row `e` of `executions`. */
export type RunFilter = (push: Push) => readonly string[];

/** Runs, newest first, of those that are not past their retention, as many as the call asks for. */
export function runList(scope: Pick<ExecutionsScope, 'runRetentionMs'>, call: Call, filter: RunFilter): BoundedList {
  const after = pageAfter(call, decodeOffsetCursor);
  const values: unknown[] = [call.tenantId, call.workspaceId];
  const push: Push = (value) => `$${values.push(value)}`;
  const conditions = [
    'e.tenant_id = $1 AND e.workspace_id = $2',
    `(e.closed_at IS NULL OR e.closed_at > ${push(retainedSince(scope))})`,
    ...filter(push),
    ...(after === undefined
      ? []
      : [`(e.created_at, e.created_offset) < (${push(new Date(after.timeMs))}, ${push(after.tie)}::bigint)`]),
  ];
  const select = `SELECT ${COLUMNS}, ${BYTES} AS bytes FROM executions e WHERE ${conditions.join(' AND ')}`;
  return { select, order: ORDER, values, limit: pageSize(call) ?? DEFAULT_PAGE_SIZE };
}

/**
 * A page of `runList`.
 *
 * @returns undefined where `isThere` says no
 */
export async function listRuns(
  scope: ExecutionsScope,
  call: Call,
  filter: RunFilter,
  isThere?: (client: PoolClient) => Promise<boolean>,
): Promise<PartsAnswer | undefined> {
  const list = runList(scope, call, filter);
  const page = await holdRows<ListRecord>(scope, call, list, isThere === undefined ? {} : { before: isThere });
  if (page === undefined) return undefined;
  const last = page.isMore ? page.rows.at(-1) : undefined;
  const nextPageToken =
    last === undefined ? null : encodeCursor({ timeMs: last.created_at.getTime(), tie: last.created_offset });
  return pageAnswer(page, itemText, `"nextPageToken":${JSON.stringify(nextPageToken)}`);
}

/** Runs closed before this are past their retention, whether or not their rows are removed yet. */
export const retainedSince = (scope: Pick<ExecutionsScope, 'runRetentionMs'>): Date =>
  new Date(Date.now() - scope.runRetentionMs);

function itemText(row: ListRecord): string {
  const item = JSON.stringify({
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
  });
  return `${item.slice(0, -1)},"labels":${row.labels}}`;
}
