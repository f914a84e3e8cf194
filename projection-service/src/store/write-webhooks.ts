import type { Statement } from '@flowplane/plumbing/postgres';
import type { ControlChanges } from '../domain/control-batch.js';
import { at, rowsStatement } from './write-rows.js';

/** A flow's triggers are replaced as a whole: what its rows are now is all that is left. */
const OLD_TRIGGERS = `
  DELETE FROM webhook_triggers w
   USING json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, "flowId" text)
   WHERE w.tenant_id = r."tenantId" AND w.workspace_id = r."workspaceId" AND w.flow_id = r."flowId"`;

const TRIGGERS = `
  INSERT INTO webhook_triggers (tenant_id, workspace_id, trigger_id, flow_id, path, version, filter, dedupe_key, secret_id,
                                key_id, ciphertext, previous_secret_id, previous_key_id, previous_ciphertext,
                                previous_valid_until, created_at, rotated_at)
  SELECT r."tenantId", r."workspaceId", r."triggerId", r."flowId", r.path, r.version, r.filter, r."dedupeKey", r."secretId",
         r."keyId", r.ciphertext, r."previousSecretId", r."previousKeyId", r."previousCiphertext",
         ${at('previousValidUntil')}, ${at('createdAt')}, ${at('rotatedAt')}
    FROM json_to_recordset($1) AS r("tenantId" text, "workspaceId" text, "triggerId" text, "flowId" text, path text,
         version int, filter text, "dedupeKey" text, "secretId" text, "keyId" text, ciphertext text,
         "previousSecretId" text, "previousKeyId" text, "previousCiphertext" text, "previousValidUntil" bigint,
         "createdAt" bigint, "rotatedAt" bigint)`;

const DELIVERIES = `
  INSERT INTO webhook_deliveries (event_id, tenant_id, workspace_id, trigger_id, delivery_id, received_at, bytes, outcome,
                                  code, execution_id, redelivery)
  SELECT r."eventId", r."tenantId", r."workspaceId", r."triggerId", r."deliveryId", ${at('receivedAt')}, r.bytes,
         r.outcome, r.code, r."executionId", r.redelivery
    FROM json_to_recordset($1) AS r("eventId" text, "tenantId" text, "workspaceId" text, "triggerId" text,
         "deliveryId" text, "receivedAt" bigint, bytes bigint, outcome text, code text, "executionId" text,
         redelivery int)
  ON CONFLICT DO NOTHING`;

export function webhookWrites({ webhooks, deliveries }: ControlChanges): readonly Statement[] {
  const flows = [...webhooks.keys()].map((key) => {
    const [tenantId, workspaceId, flowId] = key.split(':');
    return { tenantId, workspaceId, flowId };
  });
  return [
    ...rowsStatement('control-old-webhooks', OLD_TRIGGERS, flows),
    ...rowsStatement('control-webhooks', TRIGGERS, [...webhooks.values()].flat()),
    ...rowsStatement('control-deliveries', DELIVERIES, deliveries),
  ];
}
