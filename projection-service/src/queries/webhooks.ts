import { param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { isoTime, isoTimeOrNull } from '../domain/plain-text.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { pageAfter, pageSize, splitPage } from './paging.js';
import { readAs, type ReadScope } from './read-scope.js';

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
  SELECT trigger_id, flow_id, path, version, created_at, rotated_at, previous_valid_until
    FROM webhook_triggers WHERE tenant_id = $1 AND workspace_id = $2
   ORDER BY created_at, trigger_id`;

/** GET /triggers/webhooks */
export async function listWebhooks(scope: ReadScope, call: Call): Promise<Answer> {
  const values = [call.tenantId, call.workspaceId];
  const { rows } = await readAs(scope, call, (client) => client.query<TriggerRecord>(TRIGGERS, values));
  return { status: 200, body: { items: rows.map(triggerOf) } };
}

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
  readonly bytes: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly execution_id: string | null;
};

const DEFAULT_PAGE_SIZE = 100;
const IN_SCOPE = 'tenant_id = $1 AND workspace_id = $2 AND trigger_id = $3';
const KEPT = `received_at > now() - interval '7 days'`;
const COLUMNS = 'delivery_id, received_at, bytes, outcome, code, execution_id';
/** Deliveries that came to nothing the log would have; trigger-service's own, which may not have started yet. */
const ATTEMPTS = 'triggers.webhook_attempts';

/** GET /triggers/webhooks/{triggerId}/deliveries, newest first: what was decided and what came to no decision. */
export async function listDeliveries(scope: ReadScope, call: Call): Promise<Answer> {
  const size = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const after = pageAfter(call, decodeCursor);
  const values: unknown[] = [call.tenantId, call.workspaceId, param(call, 'triggerId'), size + 1];
  if (after !== undefined) values.push(new Date(after.timeMs), after.tie);
  const rows = await readAs(scope, call, async (client) => {
    const from = (table: string, id: string): string => pageOf(table, id, after !== undefined);
    const parts = [from('webhook_deliveries', 'event_id')];
    if (await hasAttempts(client)) parts.push(from(ATTEMPTS, 'attempt_id'));
    const sql = `${parts.join(' UNION ALL ')} ORDER BY received_at DESC, id DESC LIMIT $4`;
    const found = (await client.query<DeliveryRecord>(sql, values)).rows;
    return found.length > 0 || (await isTrigger(client, values.slice(0, 3))) ? found : undefined;
  });
  if (rows === undefined) throw refusal('FLOW_NOT_FOUND', { message: 'There is no such webhook trigger.' });
  const { items, last } = splitPage(rows, size);
  const nextPageToken = last === undefined ? null : encodeCursor({ timeMs: last.received_at.getTime(), tie: last.id });
  return { status: 200, body: { items: items.map(deliveryOf), nextPageToken } };
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
  bytes: Number(row.bytes),
  outcome: row.outcome,
  code: row.code,
  executionId: row.execution_id,
});
