import type { EncryptedSecret } from '@flowplane/contracts';
import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, tenantRowsOf, type RowOf } from './public-query.js';
import { stored } from './unavailable.js';

export const REGISTERED_WEBHOOKS = publicQuery({
  name: 'registered-webhooks',
  text: 'SELECT trigger_id AS id FROM flows.webhook_triggers WHERE flow_id = $1',
  columns: 'id text',
});

export const KEPT_DELIVERY = publicQuery({
  name: 'kept-delivery',
  text: `
    SELECT d.execution_id AS "executionId", d.bytes AS "sizeBytes", e.input
      FROM flows.webhook_deliveries d
      JOIN flows.executions e USING (tenant_id, workspace_id, execution_id)
     WHERE d.trigger_id = $1 AND d.delivery_id = $2 AND d.outcome = 'accepted' AND d.redelivery = 0
       AND d.received_at > now() - interval '7 days' AND (e.closed_at IS NULL OR e.closed_at > $3)
     ORDER BY d.received_at DESC LIMIT 1`,
  columns: 'executionId text, sizeBytes int8, input text',
});

const PRESENT = `json_build_object('secretId', secret_id, 'keyId', key_id, 'ciphertext', ciphertext)`;
const PREVIOUS = `
  json_build_object('secretId', previous_secret_id, 'keyId', previous_key_id, 'ciphertext', previous_ciphertext)`;
const TRIGGER = `
  tenant_id AS "tenantId", workspace_id AS "workspaceId", flow_id AS "flowId", trigger_id AS "triggerId", filter,
  dedupe_key AS "dedupeKey"`;

/** `secrets`: the present one, and the one before while it is valid, else null. */
export const WEBHOOK_TRIGGER = publicQuery({
  name: 'webhook-trigger',
  text: `
    SELECT ${TRIGGER}, json_build_array(${PRESENT}, CASE WHEN previous_valid_until > now() THEN ${PREVIOUS} END) AS secrets
      FROM flows.webhook_triggers
     WHERE workspace_id = $1 AND trigger_id = $2 AND ($3::text IS NULL OR tenant_id = $3)
     ORDER BY tenant_id LIMIT $4`,
  columns: 'tenantId text, workspaceId text, flowId text, triggerId text, filter text?, dedupeKey text?, secrets json',
});

/** `secrets`: those under another key, else null. */
export const FOREIGN_SECRETS = publicQuery({
  name: 'foreign-secrets',
  text: `
    SELECT ${TRIGGER}, json_build_array(CASE WHEN key_id <> $1 THEN ${PRESENT} END,
                                        CASE WHEN previous_key_id <> $1 THEN ${PREVIOUS} END) AS secrets
      FROM flows.webhook_triggers
     WHERE (key_id <> $1 OR previous_key_id <> $1)
       AND (tenant_id, workspace_id, trigger_id) > ($2, $3, $4)
     ORDER BY tenant_id, workspace_id, trigger_id LIMIT $5`,
  columns: 'tenantId text, workspaceId text, flowId text, triggerId text, filter text?, dedupeKey text?, secrets json',
});

/** An accepted delivery and what is kept of it. */
export type KeptDelivery = RowOf<(typeof KEPT_DELIVERY)['columns']>;
/** A webhook trigger of a flow's latest version, with secrets of it. */
export type WebhookTrigger = Omit<RowOf<(typeof WEBHOOK_TRIGGER)['columns']>, 'secrets'> & {
  readonly secrets: readonly EncryptedSecret[];
};

const withSecrets = ({ secrets, ...trigger }: RowOf<(typeof WEBHOOK_TRIGGER)['columns']>): WebhookTrigger => ({
  ...trigger,
  secrets: (secrets as readonly (EncryptedSecret | null)[]).filter((secret) => secret !== null),
});

/** Webhook triggers of the flow's latest version, all of which have a secret. */
export async function registeredWebhooks(pool: Pool, scope: TenantScope, flowId: string): Promise<ReadonlySet<string>> {
  return new Set((await tenantRowsOf(pool, scope, REGISTERED_WEBHOOKS, [flowId])).map(({ id }) => id));
}

/** The latest accepted delivery under an id. Its body is its run's input, and gone with it. */
export async function keptDelivery(
  pool: Pool,
  scope: TenantScope,
  { triggerId, deliveryId }: { readonly triggerId: string; readonly deliveryId: string },
  closedSince: Date,
): Promise<KeptDelivery | undefined> {
  return (await tenantRowsOf(pool, scope, KEPT_DELIVERY, [triggerId, deliveryId, closedSince]))[0];
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
  return rows.map(withSecrets);
}

const PAGE = 200;

/**
 * Triggers of all tenants that have a secret under another key than this, in pages; and only these secrets.
 *
 * @throws Refusal 503 STORE_UNAVAILABLE
 */
export async function* foreignSecrets(pool: Pool, keyId: string): AsyncGenerator<readonly WebhookTrigger[]> {
  for (let after = ['', '', '']; ;) {
    const page = await stored(rowsOf(pool, FOREIGN_SECRETS, [keyId, ...after, PAGE]));
    const last = page.at(-1);
    if (last === undefined) return;
    after = [last.tenantId, last.workspaceId, last.triggerId];
    yield page.map(withSecrets);
  }
}
