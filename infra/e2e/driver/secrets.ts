import { createHash, randomUUID } from 'node:crypto';
import { makeSecretStore, openMasterKeys, parseMasterKeys } from '@flowplane/runtime/secrets';
import { withDatabase } from './log-totals.js';

type Env = Readonly<Record<string, string | undefined>>;

/** The master key of services that have none configured and say that they are for tests, as an operator would write it. */
export const DEVELOPMENT_KEY = `development:${createHash('sha256').update('flowplane-development-master-key').digest('base64')}`;

const masterKeysOf = (text: string) =>
  openMasterKeys(
    { masterKeys: parseMasterKeys(text), masterKeysFile: undefined, nodeEnv: 'test' },
    { warn: () => undefined },
  );

/** Keeps secrets of a tenant in the state database of a service set. @returns their ids */
export const putSecrets = (env: Env, tenantId: string, values: readonly string[]): Promise<readonly string[]> =>
  withDatabase(env['FLOWS_STATE_DB_URL'], (pool) =>
    makeSecretStore(pool, masterKeysOf(DEVELOPMENT_KEY)).put({ tenantId, commandId: randomUUID(), values }),
  );

/** Reads secrets as a process with these master keys does. @param masterKeys FLOWS_MASTER_KEYS */
export const readSecrets = (
  env: Env,
  masterKeys: string,
  tenantId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> =>
  withDatabase(env['FLOWS_STATE_DB_URL'], (pool) => makeSecretStore(pool, masterKeysOf(masterKeys)).get(tenantId, ids));
