import { param, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { isoTime, isoTimeOrNull } from '@flowplane/contracts/read-model';
import { decodeCursor, encodeCursor } from './cursor.js';
import { bytesOf, holdRows, pageAnswer, type BoundedScope } from './bounded-rows.js';
import { pageAfter, pageSize } from './paging.js';
import { readAs } from './read-scope.js';
import { listTriggers } from './trigger-list.js';

type TriggerRecord = {
  readonly trigger_id: string;
  readonly flow_id: string;
  readonly path: string;
  readonly version: number;
  readonly created_at: Date;
  readonly rotated_at: Date | null;
  readonly previous_valid_until: Date | null;
};

const TRIGGERS = `
  SELECT trigger_id, flow_id, path, version, created_at, rotated_at, previous_valid_until,
         ${bytesOf('trigger_id', 'flow_id', 'path')} AS bytes
    FROM webhook_triggers WHERE tenant_id = $1 AND workspace_id = $2`;

/** GET /triggers/webhooks */
export const listWebhooks = (scope: BoundedScope, call: Call): Promise<PartsAnswer> =>
  listTriggers<TriggerRecord>(scope, call, { select: TRIGGERS, order: ['created_at', 'trigger_id'], shown: triggerOf });

const triggerOf = (row: TriggerRecord) => ({
  triggerId: row.trigger_id,
  flowId: row.flow_id,
  path: row.path,
  version: row.version,
  createdAt: isoTime(row.created_at.getTime()),
  rotatedAt: isoTimeOrNull(row.rotated_at?.getTime() ?? null),
  // Once it has passed there is no secret but the one in force.
  previousValidUntil: row.previous_valid_until === null ? null : stillAhead(row.previous_valid_until),
});

const stillAhead = (time: Date): string | null => (time.getTime() > Date.now() ? isoTime(time.getTime()) : null);

type DeliveryRecord = {
  readonly id: string;
  readonly delivery_id: string;
  readonly received_at: Date;
  /** Of the request's body. */
  readonly received_bytes: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly execution_id: string | null;
};

const DEFAULT_PAGE_SIZE = 100;
const IN_SCOPE = 'tenant_id = $1 AND workspace_id = $2 AND trigger_id = $3';
const KEPT = `received_at > now() - interval '7 days'`;
const COLUMNS = `delivery_id, received_at, bytes AS received_bytes, outcome, code, execution_id,
  ${bytesOf('delivery_id', 'execution_id')} AS bytes`;
/** Deliveries that came to nothing the log would have; trigger-service's own, which may not have started yet. */
const ATTEMPTS = 'triggers.webhook_attempts';

/** GET /triggers/webhooks/{triggerId}/deliveries, newest first: what was decided and what came to no decision. */
export async function listDeliveries(scope: BoundedScope, call: Call): Promise<PartsAnswer> {
  const size = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const after = pageAfter(call, decodeCursor);
  const values: unknown[] = [call.tenantId, call.workspaceId, param(call, 'triggerId'), size + 1];
  if (after !== undefined) values.push(new Date(after.timeMs), after.tie);
  const from = (table: string, id: string): string => pageOf(table, id, after !== undefined);
  const parts = [from('webhook_deliveries', 'event_id')];
  if (await readAs(scope, call, hasAttempts)) parts.push(from(ATTEMPTS, 'attempt_id'));
  const select = `SELECT * FROM (${parts.join(' UNION ALL ')}) AS deliveries`;
  const list = { select, order: 'received_at DESC, id DESC', values, limit: size };
  const page = await holdRows<DeliveryRecord>(scope, call, list, {
    ifEmpty: (client) => isTrigger(client, values.slice(0, 3)),
  });
  if (page === undefined) throw refusal('FLOW_NOT_FOUND', { message: 'There is no such webhook trigger.' });
  const last = page.isMore ? page.rows.at(-1) : undefined;
  const nextPageToken = last === undefined ? null : encodeCursor({ timeMs: last.received_at.getTime(), tie: last.id });
  const member = `"nextPageToken":${JSON.stringify(nextPageToken)}`;
  return pageAnswer(page, (row) => JSON.stringify(deliveryOf(row)), member);
}

const pageOf = (table: string, id: string, isLater: boolean): string => `
  (SELECT ${id} COLLATE "C" AS id, ${COLUMNS} FROM ${table}
    WHERE ${IN_SCOPE} AND ${KEPT} ${isLater ? `AND (received_at, ${id} COLLATE "C") < ($5, $6 COLLATE "C")` : ''}
    ORDER BY received_at DESC, ${id} COLLATE "C" DESC LIMIT $4)`;

async function hasAttempts(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [ATTEMPTS]);
  return rows[0]?.there === true;
}

async function isTrigger(client: PoolClient, values: readonly unknown[]): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT 1 FROM webhook_triggers WHERE ${IN_SCOPE}`, [...values]);
  return rowCount === 1;
}

const deliveryOf = (row: DeliveryRecord) => ({
  deliveryId: row.delivery_id,
  receivedAt: isoTime(row.received_at.getTime()),
  bytes: Number(row.received_bytes),
  outcome: row.outcome,
  code: row.code,
  executionId: row.execution_id,
});
