import type { EncryptedSecret } from '@flowplane/contracts';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, tenantRowsOf, type RowOf } from './public-query.js';
import { stored } from './unavailable.js';

export const REGISTERED_WEBHOOKS = publicQuery({
  name: 'registered-webhooks',
  text: 'SELECT trigger_id FROM flows.webhook_triggers WHERE flow_id = $1',
  columns: { trigger_id: 'text' },
});

export const KEPT_DELIVERY = publicQuery({
  name: 'kept-delivery',
  text: `
    SELECT d.execution_id, d.bytes, e.input
      FROM flows.webhook_deliveries d
      JOIN flows.executions e USING (tenant_id, workspace_id, execution_id)
     WHERE d.trigger_id = $1 AND d.delivery_id = $2 AND d.outcome = 'accepted' AND d.redelivery = 0
       AND d.received_at > now() - interval '7 days' AND (e.closed_at IS NULL OR e.closed_at > $3)
     ORDER BY d.received_at DESC LIMIT 1`,
  columns: { execution_id: 'text', bytes: 'int8', input: 'text' },
});

const TRIGGER = {
  tenant_id: 'text',
  workspace_id: 'text',
  flow_id: 'text',
  trigger_id: 'text',
  filter: 'text?',
  dedupe_key: 'text?',
  secret_id: 'text',
  key_id: 'text',
  ciphertext: 'text',
  previous_secret_id: 'text?',
  previous_key_id: 'text?',
  previous_ciphertext: 'text?',
  has_previous: 'bool',
} as const;
const TRIGGER_COLUMNS = `
  tenant_id, workspace_id, flow_id, trigger_id, filter, dedupe_key, secret_id, key_id, ciphertext,
  previous_secret_id, previous_key_id, previous_ciphertext`;

/** `has_previous`: the secret before is still valid. */
export const WEBHOOK_TRIGGER = publicQuery({
  name: 'webhook-trigger',
  text: `
    SELECT ${TRIGGER_COLUMNS}, coalesce(previous_valid_until > now(), false) AS has_previous
      FROM flows.webhook_triggers
     WHERE workspace_id = $1 AND trigger_id = $2 AND ($3::text IS NULL OR tenant_id = $3)
     ORDER BY tenant_id LIMIT $4`,
  columns: TRIGGER,
});

/** `has_previous`: there is one, valid or not. */
export const FOREIGN_SECRETS = publicQuery({
  name: 'foreign-secrets',
  text: `
    SELECT ${TRIGGER_COLUMNS}, previous_secret_id IS NOT NULL AS has_previous
      FROM flows.webhook_triggers
     WHERE (key_id <> $1 OR previous_key_id <> $1)
       AND (tenant_id, workspace_id, trigger_id) > ($2, $3, $4)
     ORDER BY tenant_id, workspace_id, trigger_id LIMIT $5`,
  columns: TRIGGER,
});

/** A webhook trigger of a flow's latest version. */
export type WebhookTrigger = TenantScope & {
  readonly flowId: string;
  readonly triggerId: string;
  readonly filter: string | null;
  readonly dedupeKey: string | null;
  /** The present one, and the one before. */
  readonly secrets: readonly EncryptedSecret[];
};

/** An accepted delivery and what is kept of it. */
export type KeptDelivery = { readonly executionId: string; readonly input: string; readonly sizeBytes: number };

/** Webhook triggers of the flow's latest version, all of which have a secret. */
export async function registeredWebhooks(pool: Pool, scope: TenantScope, flowId: string): Promise<ReadonlySet<string>> {
  return new Set((await tenantRowsOf(pool, scope, REGISTERED_WEBHOOKS, [flowId])).map((row) => row.trigger_id));
}

/** The latest accepted delivery under an id. Its body is its run's input, and gone with it. */
export async function keptDelivery(
  pool: Pool,
  scope: TenantScope,
  delivery: { readonly triggerId: string; readonly deliveryId: string; readonly closedSince: Date },
): Promise<KeptDelivery | undefined> {
  const values = [delivery.triggerId, delivery.deliveryId, delivery.closedSince];
  const [row] = await tenantRowsOf(pool, scope, KEPT_DELIVERY, values);
  return row && { executionId: row.execution_id, input: row.input, sizeBytes: Number(row.bytes) };
}

/** Workspaces of one id (FLOWS_WORKSPACE_REGISTRY=off) that one delivery is checked against. */
const MAX_TENANTS = 10;

/**
 * The trigger of a path with its secrets in force: at most one per tenant, so one at all unless workspaces of several
 * tenants share an id.
 *
 * @param tenantId undefined: of any tenant
 */
export async function webhookTriggers(
  pool: Pool,
  workspaceId: string,
  triggerId: string,
  tenantId: string | undefined,
): Promise<readonly WebhookTrigger[]> {
  const rows = await rowsOf(pool, WEBHOOK_TRIGGER, [workspaceId, triggerId, tenantId ?? null, MAX_TENANTS]);
  return rows.map(triggerOf);
}

const PAGE = 200;

/**
 * Triggers of all tenants that have a secret under another key than this, in pages; and only these secrets.
 *
 * @throws Refusal 503 STORE_UNAVAILABLE
 */
export async function* foreignSecrets(pool: Pool, keyId: string): AsyncGenerator<readonly WebhookTrigger[]> {
  for (let after = ['', '', '']; ;) {
    const page = (await stored(rowsOf(pool, FOREIGN_SECRETS, [keyId, ...after, PAGE]))).map(triggerOf);
    const last = page.at(-1);
    if (last === undefined) return;
    after = [last.tenantId, last.workspaceId, last.triggerId];
    yield page.map((trigger) => ({ ...trigger, secrets: trigger.secrets.filter((one) => one.keyId !== keyId) }));
  }
}

function triggerOf(row: RowOf<typeof TRIGGER>): WebhookTrigger {
  const present = { secretId: row.secret_id, keyId: row.key_id, ciphertext: row.ciphertext };
  const previous = {
    secretId: row.previous_secret_id ?? '',
    keyId: row.previous_key_id ?? '',
    ciphertext: row.previous_ciphertext ?? '',
  };
  return {
    tenantId: row.tenant_id,
    workspaceId: row.workspace_id,
    flowId: row.flow_id,
    triggerId: row.trigger_id,
    filter: row.filter,
    dedupeKey: row.dedupe_key,
    secrets: row.has_previous ? [present, previous] : [present],
  };
}
