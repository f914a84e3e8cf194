import type { WebhookRow } from '../domain/fold-webhooks.js';

/** A row of `webhook_triggers`. */
export type WebhookRecord = {
  readonly tenant_id: string;
  readonly workspace_id: string;
  readonly trigger_id: string;
  readonly flow_id: string;
  readonly path: string;
  readonly version: number;
  readonly filter: string | null;
  readonly dedupe_key: string | null;
  readonly secret_id: string;
  readonly key_id: string;
  readonly ciphertext: string;
  readonly previous_secret_id: string | null;
  readonly previous_key_id: string | null;
  readonly previous_ciphertext: string | null;
  readonly previous_valid_until: Date | null;
  readonly created_at: Date;
  readonly rotated_at: Date | null;
};

export const webhookRowOf = (row: WebhookRecord): WebhookRow => ({
  tenantId: row.tenant_id,
  workspaceId: row.workspace_id,
  triggerId: row.trigger_id,
  flowId: row.flow_id,
  path: row.path,
  version: row.version,
  filter: row.filter,
  dedupeKey: row.dedupe_key,
  secretId: row.secret_id,
  keyId: row.key_id,
  ciphertext: row.ciphertext,
  previousSecretId: row.previous_secret_id,
  previousKeyId: row.previous_key_id,
  previousCiphertext: row.previous_ciphertext,
  previousValidUntil: row.previous_valid_until?.getTime() ?? null,
  createdAt: row.created_at.getTime(),
  rotatedAt: row.rotated_at?.getTime() ?? null,
});
