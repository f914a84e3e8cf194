import type { EncryptedSecret } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { isUnavailable, type Pool } from '@flowplane/plumbing/postgres';

/** A webhook trigger of a flow's latest version, as the read models have it. */
export type WebhookTrigger = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly triggerId: string;
  readonly filter: string | null;
  readonly dedupeKey: string | null;
  /** In force: the present one, and the one before while it is still valid. */
  readonly secrets: readonly EncryptedSecret[];
};

export type WebhookTriggers = {
  /**
   * The trigger of a path: at most one per tenant, so one at all unless workspaces of several tenants share an id.
   *
   * @param tenantId undefined: of any tenant
   * @throws Refusal 503 STORE_UNAVAILABLE
   */
  readonly find: (
    workspaceId: string,
    triggerId: string,
    tenantId: string | undefined,
  ) => Promise<readonly WebhookTrigger[]>;
};

/** Workspaces of one id (FLOWS_WORKSPACE_REGISTRY=off) that one delivery is checked against. */
const MAX_TENANTS = 10;
const FIND = `
  SELECT tenant_id, flow_id, filter, dedupe_key, secret_id, key_id, ciphertext,
         previous_secret_id, previous_key_id, previous_ciphertext, coalesce(previous_valid_until > now(), false) AS has_previous
    FROM flows.webhook_triggers
   WHERE workspace_id = $1 AND trigger_id = $2 AND ($3::text IS NULL OR tenant_id = $3)
   ORDER BY tenant_id LIMIT ${MAX_TENANTS}`;

type Row = {
  readonly tenant_id: string;
  readonly flow_id: string;
  readonly filter: string | null;
  readonly dedupe_key: string | null;
  readonly secret_id: string;
  readonly key_id: string;
  readonly ciphertext: string;
  readonly previous_secret_id: string | null;
  readonly previous_key_id: string | null;
  readonly previous_ciphertext: string | null;
  readonly has_previous: boolean;
};

/** @param pool of the read models, as their owner: without credential the tenant is what is looked for */
export function makeWebhookTriggers(pool: Pool): WebhookTriggers {
  return {
    find: async (workspaceId, triggerId, tenantId) => {
      try {
        // No trigger has a NUL, which the store does not take.
        const values = [workspaceId, triggerId.replaceAll('\0', '\uFFFD'), tenantId ?? null];
        const { rows } = await pool.query<Row>({ name: 'webhook-trigger', text: FIND, values });
        return rows.map((row) => triggerOf(row, workspaceId, triggerId));
      } catch (cause) {
        if (!isUnavailable(cause)) throw cause;
        throw Object.assign(refusal('STORE_UNAVAILABLE', { retryAfterSeconds: 1 }), { cause });
      }
    },
  };
}

function triggerOf(row: Row, workspaceId: string, triggerId: string): WebhookTrigger {
  const present = { secretId: row.secret_id, keyId: row.key_id, ciphertext: row.ciphertext };
  const previous = {
    secretId: row.previous_secret_id ?? '',
    keyId: row.previous_key_id ?? '',
    ciphertext: row.previous_ciphertext ?? '',
  };
  return {
    tenantId: row.tenant_id,
    workspaceId,
    flowId: row.flow_id,
    triggerId,
    filter: row.filter,
    dedupeKey: row.dedupe_key,
    secrets: row.has_previous ? [present, previous] : [present],
  };
}
