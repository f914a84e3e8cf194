import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import type { Call } from '@flowplane/runtime/api';
import {
  makeSecretStore,
  openMasterKeys,
  parseMasterKeys,
  SECRET_MIGRATIONS,
  sweepSecrets,
  type SecretStore,
} from '@flowplane/runtime/secrets';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { putConnection } from '../routes/connections/connection-routes.js';
import type { ShellContext } from '../routes/shell-context.js';
import { FINGERPRINT_SECRET } from './kept-secrets.js';
import { secretsInUse } from './sweep-secrets.js';

const READ_MODEL = fileURLToPath(new URL('../../../projection-service/migrations', import.meta.url));

let database: TrialDatabase;
let pool: Pool;
let store: SecretStore;

beforeAll(async () => {
  database = await startTrialDatabase();
  ({ pool } = database);
  await migrate(pool, { schema: 'flows', directory: READ_MODEL });
  await migrate(pool, SECRET_MIGRATIONS);
  const masterKeys = parseMasterKeys(`k:${randomBytes(32).toString('base64')}`);
  const config = { masterKeys, masterKeysFile: undefined, nodeEnv: 'production' } as const;
  store = makeSecretStore(pool, openMasterKeys(config, { warn: () => undefined } as never));
});
afterAll(() => database?.end());

const kept = async (): Promise<readonly string[]> =>
  (await pool.query<{ id: string }>('SELECT secret_id AS id FROM secrets.sealed ORDER BY 1')).rows.map(({ id }) => id);
const sweep = (isCaughtUp = true) =>
  sweepSecrets({ pool, inUse: secretsInUse(pool), graceMs: 0, isCaughtUp: () => Promise.resolve(isCaughtUp) });

async function connect(secretId: string, superseded: readonly object[]): Promise<void> {
  await pool.query(
    `INSERT INTO flows.connections (tenant_id, workspace_id, name, kind, endpoint, version, secret_id, superseded, created_at,
                                    rotated_at, rotated_by, log_offset)
     VALUES ('T', 'W', 'crm', 'llm', '{}', 2, $1, $2, now(), now(), 'alice', 1)`,
    [secretId, JSON.stringify(superseded)],
  );
}

it('what a connection has, and had until lately, stays; what it had long ago, and what nobody has, goes', async () => {
  for (const commandId of ['now', 'lately', 'before', 'nobody']) {
    await store.put({ tenantId: 'T', commandId, values: ['x'] });
  }
  await store.put({ tenantId: 'U', commandId: 'now', values: ['x'] });
  const until = Date.now();
  await connect('now.0', [
    { secretId: 'lately.0', until: until + 3_600_000 },
    { secretId: 'before.0', until: until - 1 },
  ]);
  await expect(sweep(false)).rejects.toThrow('do not have all events');
  expect(await kept()).toHaveLength(5);
  expect(await sweep()).toMatchObject({ secrets: 3 });
  expect(await kept()).toEqual(['lately.0', 'now.0']);
  await pool.query('DELETE FROM flows.connections');
  await sweep();
  expect(await kept()).toEqual([]);
});

it('what a template points to stays, and while it runs all of its tenant; a text that names a secret keeps nothing', async () => {
  for (const commandId of ['used', 'named']) await store.put({ tenantId: 'T', commandId, values: ['x'] });
  const pointer = (commandId: string) => ({ $secret: `${commandId}.0` });
  const inputs = { credential: pointer('used'), note: 'named.0', text: JSON.stringify(pointer('named')) };
  await pool.query(
    `INSERT INTO flows.templates (tenant_id, template_id, document, revision, created_at, updated_at, state, progress,
                                  resources, unsure, completed, provisioning, log_offset)
     VALUES ('T', 'K1', $1, 1, now(), now(), 'PROVISIONING', 'IN_PROGRESS', '[]', '[]', '[]', 'run', 1)`,
    [JSON.stringify({ inputs })],
  );
  await sweep();
  expect(await kept()).toEqual(['named.0', 'used.0']);
  await pool.query('UPDATE flows.templates SET provisioning = NULL');
  await sweep();
  expect(await kept()).toEqual(['used.0']);
  await pool.query('DELETE FROM flows.templates');
  await sweep();
  expect(await kept()).toEqual([]);
});

it('the secret of a PUT that ended before its command was in the log is swept', async () => {
  const body = { kind: 'llm', endpoint: { url: 'https://llm.example.com/' }, secret: { apiKey: 'k' } };
  const call = {
    ...{ tenantId: 'T', workspaceId: 'W', identity: { actorId: 'alice', roles: [] }, correlationId: 'c' },
    ...{ traceparent: null, method: 'PUT', url: '/connections/crm', params: { connectionName: 'crm' } },
    ...{ headers: {}, query: {}, mediaType: 'application/json', body: Buffer.from(JSON.stringify(body)) },
  } as unknown as Call;
  // It ends where the append begins, with the tail that waits for the outcome.
  const ended = new Error('the process was killed');
  const context = {
    ...{ secretStore: store, maxConnections: 100, partitions: 1, commandWaitMs: 1000 },
    ...{ rates: { admit: () => undefined }, guard: { admit: () => undefined } },
    claimWorkspace: () => Promise.resolve((work: () => Promise<unknown>) => work()),
    get tail(): never {
      throw ended;
    },
  } as unknown as ShellContext;
  await expect(putConnection(context, call)).rejects.toThrow(ended);
  const [orphan, ...others] = (await kept()).filter((id) => id !== FINGERPRINT_SECRET);
  expect([typeof orphan, others]).toEqual(['string', []]);
  await sweep();
  expect(await kept()).toEqual([FINGERPRINT_SECRET]);
});
