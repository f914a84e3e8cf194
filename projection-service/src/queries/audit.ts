import { parseTimestampMs } from '@flowplane/contracts';
import { queryText, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { isoTime } from '@flowplane/contracts/read-model';
import { decodeOffsetCursor, encodeCursor } from './cursor.js';
import { bytesOf, holdRows, pageAnswer, type BoundedScope } from './bounded-rows.js';
import { invalidQuery, pageAfter, pageSize } from './paging.js';

type AuditRecord = {
  readonly event_id: string;
  readonly tenant_id: string;
  readonly workspace_id: string;
  readonly event_type: string;
  readonly outcome: 'accepted' | 'denied';
  readonly actor_id: string;
  readonly flow_id: string | null;
  readonly flow_version: string | null;
  readonly execution_id: string | null;
  readonly trigger_type: string | null;
  readonly on_behalf_of: string | null;
  readonly comment: string | null;
  readonly connection_name: string | null;
  readonly correlation_id: string;
  readonly occurred_at: Date;
  readonly log_offset: string;
  readonly command_type: string | null;
  readonly reason_status: number | null;
  readonly reason_code: string | null;
  readonly denied_count: string | null;
};

const DEFAULT_PAGE_SIZE = 100;
const ORDER = 'occurred_at DESC, log_offset DESC';
const BYTES = bytesOf('event_id', 'actor_id', 'flow_id', 'execution_id', 'on_behalf_of', 'comment', 'correlation_id');
const TEXT_FILTERS = { eventType: 'event_type', actorId: 'actor_id', flowId: 'flow_id', executionId: 'execution_id' };

/** What a tenant's caller was refused in no workspace of the tenant is shown in all of them. */
const NO_WORKSPACE = '';

/** GET /audit, newest first. */
export async function listAudit(scope: BoundedScope, call: Call): Promise<PartsAnswer> {
  const size = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const after = pageAfter(call, decodeOffsetCursor);
  const values: unknown[] = [call.tenantId, call.workspaceId];
  const push = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [...filtersOf(call, push)];
  if (after !== undefined) {
    conditions.push(`(occurred_at, log_offset) < (${push(new Date(after.timeMs))}, ${push(after.tie)}::bigint)`);
  }
  const newest = `ORDER BY ${ORDER} LIMIT ${push(size + 1)}`;
  const of = (workspace: string): string =>
    `(SELECT *, ${BYTES} AS bytes FROM audit WHERE ${[`tenant_id = $1 AND workspace_id = ${workspace}`, ...conditions].join(' AND ')} ${newest})`;
  // Each half walks the index; one query over both workspaces would sort all that they have.
  const select = `SELECT * FROM (${of('$2')} UNION ALL ${of(push(NO_WORKSPACE))}) AS shown`;
  const page = await holdRows<AuditRecord>(scope, call, { select, order: ORDER, values, limit: size });
  if (page === undefined) throw new TypeError('an audit is always there');
  const last = page.isMore ? page.rows.at(-1) : undefined;
  const nextPageToken =
    last === undefined ? null : encodeCursor({ timeMs: last.occurred_at.getTime(), tie: last.log_offset });
  return pageAnswer(page, (row) => JSON.stringify(itemOf(row)), `"nextPageToken":${JSON.stringify(nextPageToken)}`);
}

function filtersOf(call: Call, push: (value: unknown) => string): readonly string[] {
  const conditions: string[] = [];
  for (const [name, operator] of [
    ['from', '>='],
    ['to', '<='],
  ] as const) {
    const text = queryText(call, name);
    if (text === undefined) continue;
    const time = parseTimestampMs(text);
    if (time === undefined) throw invalidQuery(`${name} is no timestamp`);
    conditions.push(`occurred_at ${operator} ${push(new Date(time))}`);
  }
  for (const [name, column] of Object.entries(TEXT_FILTERS)) {
    const text = queryText(call, name);
    if (text !== undefined) conditions.push(`${column} = ${push(text)}`);
  }
  const outcome = queryText(call, 'outcome');
  if (outcome === undefined) return conditions;
  if (outcome !== 'accepted' && outcome !== 'denied') throw invalidQuery('outcome is accepted or denied');
  return [...conditions, `outcome = ${push(outcome)}`];
}

function itemOf(row: AuditRecord) {
  const item = {
    eventId: row.event_id,
    eventType: row.event_type,
    category: 'flows',
    outcome: row.outcome,
    tenantId: row.tenant_id,
    workspaceId: row.workspace_id === '' ? null : row.workspace_id,
    actorId: row.actor_id,
    flowId: row.flow_id,
    flowVersion: row.flow_version,
    executionId: row.execution_id,
    triggerType: row.trigger_type,
    ...(row.on_behalf_of === null ? {} : { onBehalfOf: row.on_behalf_of }),
    ...(row.comment === null ? {} : { comment: row.comment }),
    ...(row.connection_name === null ? {} : { connectionName: row.connection_name }),
    correlationId: row.correlation_id,
    occurredAt: isoTime(row.occurred_at.getTime()),
  };
  if (row.outcome === 'accepted') return item;
  return {
    ...item,
    commandType: row.command_type,
    reason: { status: row.reason_status, code: row.reason_code },
    ...(row.denied_count === null ? {} : { count: Number(row.denied_count) }),
  };
}
