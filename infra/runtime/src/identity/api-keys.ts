import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { isApiKey, type ApiKeyRecord, type ApiKeyType } from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';

/** A key as it is listed: never the key itself. */
export type ListedApiKey = {
  readonly keyId: string;
  readonly type: ApiKeyType;
  readonly createdAt: Date;
  /** To the minute; null: never used. */
  readonly lastUsedAt: Date | null;
};

export type ApiKeys = {
  /** The record of a key, undefined when it is unknown or removed. @throws when the store cannot be reached */
  readonly find: (key: string) => Promise<ApiKeyRecord | undefined>;
  /** Makes a key. `key` is returned here and never again. */
  readonly create: (options: {
    readonly tenantId: string;
    readonly workspaceId: string;
    readonly type: ApiKeyType;
    readonly createdBy: string;
  }) => Promise<ApiKeyRecord & { readonly key: string }>;
  /** Oldest first. */
  readonly list: (workspaceId: string) => Promise<readonly ListedApiKey[]>;
  /** From then on the key is refused everywhere: nothing is cached. @returns whether there was such a key */
  readonly remove: (keyId: string) => Promise<boolean>;
};

const SECRET_BYTES = 32;
/** `last_used_at` is written at most this often for one key, so that reading stays cheap. */
const USE_NOTED_EVERY = '1 minute';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();

type Row = {
  readonly key_id: string;
  readonly tenant_id: string;
  readonly workspace_id: string;
  readonly type: ApiKeyType;
  readonly is_use_due: boolean;
};

/** API keys in schema `tenancy` of the state database (migrations of `migrateTenancy`). */
export function makeApiKeys(statePool: Pool): ApiKeys {
  const noteUse = async (keyId: string): Promise<void> => {
    await statePool.query(
      `UPDATE tenancy.api_keys SET last_used_at = now()
        WHERE key_id = $1 AND (last_used_at IS NULL OR last_used_at < now() - $2::interval)`,
      [keyId, USE_NOTED_EVERY],
    );
  };
  return {
    find: async (key) => {
      if (!isApiKey(key)) return undefined;
      const { rows } = await statePool.query<Row>(
        `SELECT key_id, tenant_id, workspace_id, type,
                last_used_at IS NULL OR last_used_at < now() - $2::interval AS is_use_due
           FROM tenancy.api_keys WHERE sha256 = $1`,
        [digestOf(key), USE_NOTED_EVERY],
      );
      const [row] = rows;
      if (row === undefined) return undefined;
      if (row.is_use_due) await noteUse(row.key_id);
      return { keyId: row.key_id, tenantId: row.tenant_id, workspaceId: row.workspace_id, type: row.type };
    },
    create: async ({ tenantId, workspaceId, type, createdBy }) => {
      const keyId = randomUUID();
      const key = `flc_${type}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
      await statePool.query(
        `INSERT INTO tenancy.api_keys (key_id, tenant_id, workspace_id, type, sha256, created_by)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [keyId, tenantId, workspaceId, type, digestOf(key), createdBy],
      );
      return { keyId, tenantId, workspaceId, type, key };
    },
    list: async (workspaceId) => {
      const { rows } = await statePool.query<ListedApiKey>(
        `SELECT key_id AS "keyId", type, created_at AS "createdAt", last_used_at AS "lastUsedAt"
           FROM tenancy.api_keys WHERE workspace_id = $1 ORDER BY created_at, key_id`,
        [workspaceId],
      );
      return rows;
    },
    remove: async (keyId) => {
      if (!UUID.test(keyId)) return false;
      const { rowCount } = await statePool.query('DELETE FROM tenancy.api_keys WHERE key_id = $1', [keyId]);
      return rowCount === 1;
    },
  };
}
