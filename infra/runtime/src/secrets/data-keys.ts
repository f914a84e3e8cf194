import { createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { DataKeyUnreadable, MasterKeyMissing } from './errors.js';
import type { MasterKey, MasterKeys } from './master-keys.js';
import { open, seal } from './seal.js';

const KEY_BYTES = 32;

/** A data key as it is stored. */
export type WrappedKey = { readonly key_id: string; readonly master_key_id: string; readonly wrapped: Buffer };
export type DataKey = { readonly keyId: string; readonly key: KeyObject };

/** A transaction that writes rows locks the key until it ends, so that it is not removed meanwhile. */
const CURRENT = `
  SELECT key_id, master_key_id, wrapped FROM secrets.data_keys WHERE tenant_id = $1 AND is_current FOR KEY SHARE`;
const ADD = `
  INSERT INTO secrets.data_keys (tenant_id, key_id, master_key_id, wrapped, is_current) VALUES ($1, $2, $3, $4, true)
  ON CONFLICT DO NOTHING`;

/** @throws MasterKeyMissing, DataKeyUnreadable */
export function unwrap(masterKeys: MasterKeys, tenantId: string, stored: WrappedKey): DataKey {
  const { key_id: keyId, master_key_id: masterKeyId, wrapped } = stored;
  const bytes = open(masterKeyOf(masterKeys, masterKeyId).key, ['data key', tenantId, keyId], wrapped);
  if (bytes?.length !== KEY_BYTES) throw new DataKeyUnreadable(tenantId, keyId, masterKeyId);
  return { keyId, key: createSecretKey(bytes) };
}

/** @returns what the column `wrapped` holds */
export const wrap = (master: MasterKey, tenantId: string, { keyId, key }: DataKey): Buffer =>
  seal(master.key, ['data key', tenantId, keyId], key.export());

export const makeDataKey = (keyId: string = randomUUID()): DataKey => ({
  keyId,
  key: createSecretKey(randomBytes(KEY_BYTES)),
});

/** @throws MasterKeyMissing */
export function currentMasterKey({ current }: MasterKeys): MasterKey {
  if (current === undefined) throw new MasterKeyMissing();
  return current;
}

function masterKeyOf(masterKeys: MasterKeys, masterKeyId: string): MasterKey {
  currentMasterKey(masterKeys);
  const found = masterKeys.all.get(masterKeyId);
  if (found === undefined) throw new MasterKeyMissing(masterKeyId);
  return found;
}

/** The key that a tenant's secrets are encrypted with now; undefined when it has none. Held until the transaction ends. */
export async function currentKey(
  client: PoolClient,
  masterKeys: MasterKeys,
  tenantId: string,
): Promise<DataKey | undefined> {
  const [found] = (await client.query<WrappedKey>(CURRENT, [tenantId])).rows;
  return found === undefined ? undefined : unwrap(masterKeys, tenantId, found);
}

/** Makes a key the tenant's current one. @returns false when it has a current key, or had this one before */
export async function addCurrentKey(
  client: PoolClient,
  masterKeys: MasterKeys,
  tenantId: string,
  key: DataKey,
): Promise<boolean> {
  const master = currentMasterKey(masterKeys);
  const values = [tenantId, key.keyId, master.keyId, wrap(master, tenantId, key)];
  return (await client.query(ADD, values)).rowCount === 1;
}
