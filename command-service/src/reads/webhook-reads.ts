import type { Call } from '@flowplane/runtime/api';
import type { Pool } from '@flowplane/plumbing/postgres';
import { makeOneRow } from './one-row.js';

/** An accepted delivery and what is kept of it. */
export type KeptDelivery = { readonly executionId: string; readonly input: string; readonly sizeBytes: number };

/** What the shell reads of webhooks, as the caller's tenant and workspace. */
export type WebhookReads = {
  /** Webhook triggers of the flow's latest version, all of which have a secret. */
  readonly registeredOf: (call: Call, flowId: string) => Promise<ReadonlySet<string>>;
  /** The latest accepted delivery under an id. Its body is its run's input, and gone with it. */
  readonly deliveryOf: (call: Call, triggerId: string, deliveryId: string) => Promise<KeptDelivery | undefined>;
};

const REGISTERED = `
  SELECT coalesce(array_agg(trigger_id), '{}') AS trigger_ids FROM flows.webhook_triggers WHERE flow_id = $1`;
const DELIVERY = `
  SELECT d.execution_id, d.bytes, e.input
    FROM flows.webhook_deliveries d
    JOIN flows.executions e USING (tenant_id, workspace_id, execution_id)
   WHERE d.trigger_id = $1 AND d.delivery_id = $2 AND d.outcome = 'accepted' AND d.redelivery = 0
     AND d.received_at > now() - interval '7 days' AND (e.closed_at IS NULL OR e.closed_at > $3)
   ORDER BY d.received_at DESC LIMIT 1`;

export function makeWebhookReads(pool: Pool, runRetentionMs: number, now: () => number): WebhookReads {
  const one = makeOneRow(pool);
  return {
    registeredOf: async (call, flowId) => {
      const row = await one<{ trigger_ids: readonly string[] }>(call, 'registered-webhooks', REGISTERED, [flowId]);
      return new Set(row?.trigger_ids);
    },
    deliveryOf: async (call, triggerId, deliveryId) => {
      const values = [triggerId, deliveryId, new Date(now() - runRetentionMs)];
      const row = await one<{ execution_id: string; bytes: string; input: string }>(call, 'delivery', DELIVERY, values);
      if (row === undefined) return undefined;
      return { executionId: row.execution_id, input: row.input, sizeBytes: Number(row.bytes) };
    },
  };
}
