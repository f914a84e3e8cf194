import { inTransaction, type Pool, type PoolClient } from '@flowplane/plumbing/postgres';
import { addCurrentKey, currentKey, makeDataKey, type DataKey } from './data-keys.js';
import { SecretMissing, SecretsTooLarge, SecretTaken } from './errors.js';
import type { MasterKeys } from './master-keys.js';
import { seal } from './seal.js';
import { makeRowOpener, type SealedRow } from './sealed-rows.js';

/** Bytes of one secret: enough for a certificate chain with its key. */
const MAX_SECRET_BYTES = 65_536;
const MAX_SECRETS = 1000;

/** Values of one command, which is not appended yet. */
export type NewSecrets = {
  readonly tenantId: string;
  /** Names the secrets: the same command put again, as a later attempt or after a crash, makes no second row. */
  readonly commandId: string;
  readonly values: readonly string[];
};

/**
 * Texts that are kept encrypted with a key of their tenant, in the state database. Everything else that refers to them, in the
 * log, the engine or read models, has their ids only. Nothing is cached here, so a key that is gone is gone at once.
 *
 * Errors of pg mean that the store is not reachable: every call may be repeated.
 */
export type SecretStore = {
  /**
   * Keeps the values before the command that refers to them is appended. What no accepted event refers to is swept.
   *
   * @returns their ids, in order
   * @throws SecretsTooLarge; SecretTaken when the command put another value before; MasterKeyMissing, DataKeyUnreadable
   */
  readonly put: (secrets: NewSecrets) => Promise<readonly string[]>;
  /**
   * Values by id.
   *
   * @throws SecretMissing unless all are there; MasterKeyMissing, DataKeyUnreadable, SecretUnreadable
   */
  readonly get: (tenantId: string, secretIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Those of the ids that are kept; needs no key. */
  readonly has: (tenantId: string, secretIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** @returns how many there were */
  readonly remove: (tenantId: string, secretIds: readonly string[]) => Promise<number>;
};

/** A row that is there already is marked as asked for, so that it is not swept before its command is decided. */
const PUT = `
  INSERT INTO secrets.sealed AS s (tenant_id, secret_id, key_id, ciphertext)
  SELECT $1, t.secret_id, $2, t.ciphertext FROM unnest($3::text[], $4::bytea[]) AS t (secret_id, ciphertext)
  ON CONFLICT (tenant_id, secret_id) DO UPDATE SET written_at = now()
  RETURNING s.secret_id, s.ciphertext`;
const GET = `
  SELECT s.secret_id, s.ciphertext, k.key_id, k.master_key_id, k.wrapped
    FROM secrets.sealed s JOIN secrets.data_keys k USING (tenant_id, key_id)
   WHERE s.tenant_id = $1 AND s.secret_id = ANY ($2)`;
const HAS = 'SELECT secret_id FROM secrets.sealed WHERE tenant_id = $1 AND secret_id = ANY ($2)';
const REMOVE = 'DELETE FROM secrets.sealed WHERE tenant_id = $1 AND secret_id = ANY ($2)';

/** Id of a secret of a command. @param index from 0 */
export const secretIdAt = (commandId: string, index: number): string => `${commandId}.${index}`;

/** Ids of the first `count` secrets of a command. */
export const secretIdsOf = (commandId: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => secretIdAt(commandId, index));

/** @param pool of the state database, with `SECRET_MIGRATIONS` applied */
export function makeSecretStore(pool: Pool, masterKeys: MasterKeys): SecretStore {
  const get = async (tenantId: string, secretIds: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    if (secretIds.length === 0) return new Map();
    const { rows } = await pool.query<SealedRow>(GET, [tenantId, secretIds]);
    const open = makeRowOpener(masterKeys, tenantId);
    const values = new Map(rows.map((row) => [row.secret_id, open(row).toString('utf8')]));
    const missing = secretIds.filter((id) => !values.has(id));
    if (missing.length > 0) throw new SecretMissing(tenantId, missing);
    return values;
  };

  return {
    put: async ({ tenantId, commandId, values }) => {
      const plain = values.map((value) => Buffer.from(value, 'utf8'));
      assertBounds(plain);
      const ids = secretIdsOf(commandId, plain.length);
      if (ids.length === 0) return ids;
      const before = await inTransaction(pool, async (client) => {
        const key = await currentOrNewKey(client, masterKeys, tenantId);
        const sealed = ids.map((id, index) => seal(key.key, ['secret', tenantId, id], plain[index] as Buffer));
        const { rows } = await client.query<{ secret_id: string; ciphertext: Buffer }>(PUT, [
          ...[tenantId, key.keyId, ids, sealed],
        ]);
        const ours = new Map(ids.map((id, index) => [id, sealed[index]]));
        return rows.filter((row) => ours.get(row.secret_id)?.equals(row.ciphertext) !== true);
      });
      if (before.length === 0) return ids;
      const kept = await get(
        tenantId,
        before.map((row) => row.secret_id),
      );
      for (const [index, id] of ids.entries()) {
        const value = kept.get(id);
        if (value !== undefined && value !== plain[index]?.toString('utf8')) throw new SecretTaken(tenantId, id);
      }
      return ids;
    },
    get,
    has: async (tenantId, secretIds) => {
      if (secretIds.length === 0) return new Set();
      const { rows } = await pool.query<{ secret_id: string }>(HAS, [tenantId, secretIds]);
      return new Set(rows.map((row) => row.secret_id));
    },
    remove: async (tenantId, secretIds) => (await pool.query(REMOVE, [tenantId, secretIds])).rowCount ?? 0,
  };
}

function assertBounds(values: readonly Buffer[]): void {
  if (values.length > MAX_SECRETS) throw new SecretsTooLarge('secrets of a command', values.length, MAX_SECRETS);
  for (const { length } of values) {
    if (length > MAX_SECRET_BYTES) throw new SecretsTooLarge('bytes of a secret', length, MAX_SECRET_BYTES);
  }
}

/** Of several that make a tenant's first key at once, the first to write it wins and the others take it. */
async function currentOrNewKey(client: PoolClient, masterKeys: MasterKeys, tenantId: string): Promise<DataKey> {
  const attempts = 5;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const found = await currentKey(client, masterKeys, tenantId);
    if (found !== undefined) return found;
    const made = makeDataKey();
    if (await addCurrentKey(client, masterKeys, tenantId, made)) return made;
  }
  throw new Error(`tenant ${tenantId} had no data key in ${attempts} attempts to make one`);
}
