import { approverEntries, mayReadDefinitions, maySignal, type Identity } from '@flowplane/contracts';
import { parseDuration } from '@flowplane/contracts/flow';
import { queryText, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import type { ContentStore } from '@flowplane/runtime/content-store';
import { orUnavailable } from '@flowplane/runtime/read-model';
import { isoTime } from '@flowplane/contracts/read-model';
import { bytesOf, heldAnswer, holdRows, type BoundedScope, type HeldRows } from './bounded-rows.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { invalidQuery, pageAfter, pageSize } from './paging.js';

type ApprovalRecord = {
  readonly execution_id: string;
  readonly flow_id: string;
  readonly version: number;
  readonly node_id: string;
  readonly place: string;
  readonly name: string | null;
  readonly approvers: readonly string[] | null;
  readonly timeout: string | null;
  readonly attempts: string;
  readonly waiting_since: string;
  readonly input_json: string | null;
  readonly input_ref: string | null;
};

export type ApprovalsScope = BoundedScope & { readonly contentStore: Pick<ContentStore, 'getMany'> };

const DEFAULT_PAGE_SIZE = 100;
/** Place among those that wait since the same millisecond: any, but the same each time. */
const PLACE = `md5(n.execution_id || E'\\n' || n.node_id) COLLATE "C"`;
const ORDER = 'waiting_since DESC, place DESC';
/** What a message needs that is kept apart; it has some thousand characters at most. */
const KEPT_APART_BYTES = 20_000;
const BYTES = `${bytesOf('n.execution_id', 'n.node_id', 'a.name', 'n.attempts', 'n.input_json')} +
  coalesce(pg_column_size(a.approvers), 0) + CASE WHEN n.input_ref IS NULL THEN 0 ELSE ${KEPT_APART_BYTES} END`;
const SELECT = `
  SELECT n.execution_id, e.flow_id, e.version, n.node_id, ${PLACE} AS place, a.name, a.approvers, a.timeout, n.attempts,
         n.waiting_since, n.input_json, n.input_ref, ${BYTES} AS bytes
    FROM nodes n
    JOIN executions e ON e.execution_id = n.execution_id
    LEFT JOIN approval_nodes a
      ON a.tenant_id = e.tenant_id AND a.workspace_id = e.workspace_id AND a.flow_id = e.flow_id
     AND a.generation = e.generation AND a.version = e.version AND a.node_id = n.node_id
   WHERE n.tenant_id = $1 AND n.workspace_id = $2 AND n.waiting_since IS NOT NULL AND e.closed_at IS NULL`;

/** GET /approvals: approvals of open runs that wait, newest first (flows-api 7.5). */
export async function listApprovals(scope: ApprovalsScope, call: Call): Promise<PartsAnswer> {
  const whose = queryText(call, 'for') ?? 'all';
  if (whose !== 'all' && whose !== 'me') throw invalidQuery('for is me or all');
  const after = pageAfter(call, decodeCursor);
  const values: unknown[] = [call.tenantId, call.workspaceId];
  const push = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [
    ...(whose === 'me' ? [decidedBy(call.identity, push)] : []),
    ...(after === undefined
      ? []
      : [`(n.waiting_since, ${PLACE}) < (${push(after.timeMs)}::bigint, ${push(after.tie)} COLLATE "C")`]),
  ];
  const select = [SELECT, ...conditions].join(' AND ');
  const limit = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const page = await holdRows<ApprovalRecord>(scope, call, { select, order: ORDER, values, limit });
  if (page === undefined) throw new TypeError('the approvals of a workspace are always there');
  const last = page.isMore ? page.rows.at(-1) : undefined;
  const nextPageToken =
    last === undefined ? null : encodeCursor({ timeMs: Number(last.waiting_since), tie: last.place });
  // Who may decide is said by the definition (flows-api 7.4).
  const shows = mayReadDefinitions(call.identity);
  return heldAnswer(page.held, async () => {
    const messages = await messagesOf(scope, page);
    const items = page.rows.map((row, at) => JSON.stringify(itemOf(row, messages[at] ?? null, shows)));
    return `{"items":[${items.join(',')}],"nextPageToken":${JSON.stringify(nextPageToken)}}`;
  });
}

/** What the approvals of a page say, in its order; null where they say nothing. */
async function messagesOf({ contentStore }: ApprovalsScope, { rows }: HeldRows<ApprovalRecord>) {
  const refs = rows.flatMap(({ input_json: json, input_ref: ref }) => (json === null && ref !== null ? [ref] : []));
  const found = refs.length === 0 ? undefined : await orUnavailable(contentStore.getMany(refs));
  return rows.map(({ input_json: json, input_ref: ref }) => {
    const text = json ?? (ref === null ? undefined : found?.get(ref)?.toString('utf8'));
    const { message = null } = JSON.parse(text ?? '{}') as { readonly message?: string };
    return message;
  });
}

/** Those that a signal of the caller would decide: the list is empty, or names it (flow-language 9.4). */
function decidedBy(identity: Identity, push: (value: unknown) => string): string {
  if (!maySignal(identity)) return 'false';
  return `(a.approvers IS NULL OR cardinality(a.approvers) = 0 OR a.approvers && ${push(approverEntries(identity))}::text[])`;
}

function itemOf(row: ApprovalRecord, message: string | null, showsApprovers: boolean) {
  const since = sinceOf(row);
  const timeoutMs = row.timeout === null ? undefined : parseDuration(row.timeout);
  return {
    executionId: row.execution_id,
    flowId: row.flow_id,
    version: String(row.version),
    nodeId: row.node_id,
    name: row.name,
    since: isoTime(since),
    expiresAt: timeoutMs === undefined ? null : isoTime(since + timeoutMs),
    ...(showsApprovers && row.approvers !== null ? { approvers: row.approvers } : {}),
    message,
  };
}

/** As the run tells it, which counts its timeout from there. */
function sinceOf({ attempts, waiting_since: seen }: ApprovalRecord): number {
  const [first] = JSON.parse(attempts) as readonly { readonly startedAt: number | null }[];
  return first?.startedAt ?? Number(seen);
}
