import type { EncryptedSecret } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { unavailable } from '../../reads/one-row.js';

/** A webhook trigger and those of its secrets that are under another key. */
export type TriggerSecrets = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly triggerId: string;
  readonly secrets: readonly EncryptedSecret[];
};

/** Triggers of all tenants that have a secret under another key than this, in pages. @throws Refusal 503 */
export type ForeignSecrets = (keyId: string) => AsyncIterable<readonly TriggerSecrets[]>;

const PAGE = 200;
const FOREIGN = `
  SELECT tenant_id, workspace_id, flow_id, trigger_id, secret_id, key_id, ciphertext,
         previous_secret_id, previous_key_id, previous_ciphertext
    FROM flows.webhook_triggers
   WHERE (key_id <> $1 OR previous_key_id <> $1)
     AND (tenant_id, workspace_id, trigger_id) > ($2, $3, $4)
   ORDER BY tenant_id, workspace_id, trigger_id LIMIT ${PAGE}`;

type Row = {
  readonly tenant_id: string;
  readonly workspace_id: string;
  readonly flow_id: string;
  readonly trigger_id: string;
  readonly secret_id: string;
  readonly key_id: string;
  readonly ciphertext: string;
  readonly previous_secret_id: string | null;
  readonly previous_key_id: string | null;
  readonly previous_ciphertext: string | null;
};

/** @param pool of the read models, as their owner */
export function makeForeignSecrets(pool: Pool): ForeignSecrets {
  return async function* (keyId) {
    for (let after = ['', '', '']; ;) {
      const { rows } = await pool.query<Row>(FOREIGN, [keyId, ...after]).catch((cause: unknown) => {
        throw unavailable(cause);
      });
      const last = rows.at(-1);
      if (last === undefined) return;
      after = [last.tenant_id, last.workspace_id, last.trigger_id];
      yield rows.map((row) => secretsOf(row, keyId));
    }
  };
}

function secretsOf(row: Row, keyId: string): TriggerSecrets {
  const current = { secretId: row.secret_id, keyId: row.key_id, ciphertext: row.ciphertext };
  const previous = {
    secretId: row.previous_secret_id ?? '',
    keyId: row.previous_key_id ?? keyId,
    ciphertext: row.previous_ciphertext ?? '',
  };
  return {
    tenantId: row.tenant_id,
    workspaceId: row.workspace_id,
    flowId: row.flow_id,
    triggerId: row.trigger_id,
    secrets: [current, previous].filter((secret) => secret.keyId !== keyId),
  };
}
