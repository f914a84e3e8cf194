import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { startTrialDatabase, type TrialDatabase } from '@flowplane/plumbing/test/postgres';
import { openProgress, type ProgressTracker } from '@flowplane/runtime/read-model';
import {
  makeSecretStore,
  openMasterKeys,
  parseMasterKeys,
  SECRET_MIGRATIONS,
  type MasterKeys,
  type SecretStore,
} from '@flowplane/runtime/secrets';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attemptOf, signedTenant, taskErrorOf, TOKEN_SETTINGS } from '../../../test/tasks/attempts.js';
import { mintAttemptToken } from '../execution-token.js';
import { makeResolveConnection } from './stored-connections.js';

const READ_MODEL = fileURLToPath(new URL('../../../../projection-service/migrations', import.meta.url));
const TENANT = signedTenant('t1', 'w1');
const PARTITION = 3;

let database: TrialDatabase;
let pool: Pool;
let progress: ProgressTracker;
let secrets: SecretStore;

beforeAll(async () => {
  database = await startTrialDatabase();
  ({ pool } = database);
  await migrate(pool, { schema: 'flows', directory: READ_MODEL });
  await migrate(pool, SECRET_MIGRATIONS);
  progress = openProgress(pool, database.url);
  secrets = makeSecretStore(pool, keysOf(`k:${randomBytes(32).toString('base64')}`));
});
afterAll(async () => {
  await progress?.close();
  await database?.end();
});
beforeEach(() => pool.query('TRUNCATE flows.connections, flows.projection_progress'));

function keysOf(text: string | undefined): MasterKeys {
  const masterKeys = text === undefined ? undefined : parseMasterKeys(text);
  const config = { masterKeys, masterKeysFile: undefined, nodeEnv: 'production' } as const;
  return openMasterKeys(config, { warn: () => undefined } as never);
}

type Put = {
  readonly tenantId?: string;
  readonly workspaceId?: string;
  readonly kind?: string;
  readonly token?: string | null;
  readonly offset?: number;
};

/** Keeps a secret and puts a row that has it, as the shell and the projection do. @returns the id of the secret */
async function put({ tenantId = 't1', workspaceId = 'w1', kind = 'functions', token = 'old', offset = 5 }: Put = {}) {
  const values = token === null ? [] : [JSON.stringify({ token })];
  const [secretId = null] = await secrets.put({ tenantId, commandId: randomUUID(), values });
  await pool.query(
    `INSERT INTO flows.connections (tenant_id, workspace_id, name, kind, endpoint, version, secret_id, superseded, created_at,
                                    rotated_at, rotated_by, log_offset)
     VALUES ($1, $2, 'crm', $3, '{"url":"https://crm.example.com/"}', 1, $4, '[]', now(), now(), 'alice', $5)
     ON CONFLICT (tenant_id, workspace_id, name) DO UPDATE
       SET kind = excluded.kind, secret_id = excluded.secret_id, log_offset = excluded.log_offset`,
    [tenantId, workspaceId, kind, secretId, offset],
  );
  return secretId;
}

async function reached(offset: number): Promise<void> {
  await pool.query(
    `INSERT INTO flows.projection_progress (projection, partition, next_offset, epoch, owner)
     VALUES ('control', $1, $2, 1, 'test')
     ON CONFLICT (projection, partition) DO UPDATE SET next_offset = excluded.next_offset`,
    [PARTITION, offset],
  );
  await pool.query("SELECT pg_notify('flows_progress', $1)", [`control:${PARTITION}:${offset}`]);
}

/** Counts how often the read models were waited for. */
function resolverOf(store: Pick<SecretStore, 'get'> = secrets, readPool = pool, waitMs = 60_000) {
  let waits = 0;
  const waitFor: ProgressTracker['waitFor'] = (...given) => {
    waits += 1;
    return progress.waitFor(...given);
  };
  const token = TOKEN_SETTINGS;
  const resolve = makeResolveConnection({ readPool, progress: () => ({ waitFor }), secrets: store, token, waitMs });
  return { resolve, waits: () => waits };
}

const of = (tenant: typeof TENANT, offset?: number) =>
  attemptOf(tenant, offset === undefined ? {} : { requestedAt: { partition: PARTITION, offset } });

describe('a connection', () => {
  it('comes with its endpoint and its secret, and another version after each PUT', async () => {
    const { resolve, waits } = resolverOf();
    await put();
    const first = await resolve('functions', 'crm', of(TENANT));
    expect(first).toEqual({
      ...{ name: 'crm', kind: 'functions', version: '5' },
      ...{ endpoint: { url: 'https://crm.example.com/' }, secret: { token: 'old' } },
    });
    await put({ token: 'new', offset: 9 });
    expect(await resolve('functions', 'crm', of(TENANT))).toMatchObject({ version: '9', secret: { token: 'new' } });
    await put({ kind: 'mongo', token: null });
    expect(await resolve('mongo', 'crm', of(TENANT))).toMatchObject({ secret: {} });
    expect(waits()).toBe(0);
  });

  it('is that of the run’s tenant and workspace only', async () => {
    const { resolve } = resolverOf();
    await put({ token: 'one' });
    await put({ workspaceId: 'w2', token: 'two' });
    await put({ tenantId: 't2', token: 'three' });
    const tokens = [TENANT, signedTenant('t1', 'w2'), signedTenant('t2', 'w1')].map(async (tenant) => {
      const { secret } = await resolve('functions', 'crm', of(tenant));
      return secret.token;
    });
    expect(await Promise.all(tokens)).toEqual(['one', 'two', 'three']);
    const code = async (tenant: typeof TENANT) => (await taskErrorOf(resolve('functions', 'crm', of(tenant)))).code;
    expect(await code(signedTenant('t2', 'w2'))).toBe('CONNECTION_NOT_FOUND');
  });

  it('is not that of others, whatever the name', async () => {
    const { resolve } = resolverOf();
    await put({ tenantId: 't2' });
    await put({ workspaceId: 'w2' });
    const names = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constantFrom('crm', 't2/w1/crm', 'w2/crm', "crm' OR '1'='1", '../crm', 'crm\0', 't2:w1:crm'),
    );
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const error = await taskErrorOf(resolve('functions', name, of(TENANT)));
        expect(error.code).toBe('CONNECTION_NOT_FOUND');
      }),
    );
  });

  it('is not found where it is none, and refused where it is of another kind', async () => {
    const { resolve } = resolverOf();
    for (const name of ['crm', 'default', 'Crm', '', 'a\0', '%']) {
      const error = await taskErrorOf(resolve('functions', name, of(TENANT)));
      expect(error).toMatchObject({ code: 'CONNECTION_NOT_FOUND', retryable: false });
    }
    await put();
    const error = await taskErrorOf(resolve('http', 'crm', of(TENANT)));
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
  });

  it.each([
    ['absent', '', 'EXECUTION_TOKEN_INVALID'],
    [
      'of another workspace',
      mintAttemptToken(signedTenant('t1', 'w2'), 60_000, TOKEN_SETTINGS),
      'EXECUTION_TOKEN_TENANT_MISMATCH',
    ],
    ['expired', mintAttemptToken(TENANT, 60_000, { ...TOKEN_SETTINGS, now: () => 0 }), 'EXECUTION_TOKEN_EXPIRED'],
  ])('is not looked for with a token that is %s', async (_what, token, code) => {
    const { resolve } = resolverOf(secrets, UNREACHABLE);
    const error = await taskErrorOf(resolve('functions', 'crm', attemptOf(TENANT, { token })));
    expect(error).toMatchObject({ code, retryable: false });
  });
});

/** Nobody may ask it. */
const UNREACHABLE = {
  connect: () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
} as unknown as Pool;

describe('a run that was asked for after a PUT', () => {
  it('waits for the read models to have it, although they have an earlier one', async () => {
    const { resolve, waits } = resolverOf();
    await put({ token: 'old' });
    await reached(6);
    let isOver = false;
    const resolved = resolve('functions', 'crm', of(TENANT, 20)).finally(() => (isOver = true));
    await expect.poll(waits, { timeout: 60_000 }).toBeGreaterThan(0);
    await reached(19);
    await put({ token: 'new', offset: 18 });
    expect(isOver).toBe(false);
    await reached(20);
    expect(await resolved).toMatchObject({ version: '18', secret: { token: 'new' } });
  });

  it('waits for it as well where there is none yet, and does not find one that was removed', async () => {
    const { resolve, waits } = resolverOf();
    await put();
    await reached(6);
    const resolved = taskErrorOf(resolve('functions', 'crm', of(TENANT, 20)));
    await expect.poll(waits, { timeout: 60_000 }).toBeGreaterThan(0);
    await pool.query('DELETE FROM flows.connections');
    await reached(25);
    expect(await resolved).toMatchObject({ code: 'CONNECTION_NOT_FOUND', retryable: false });
  });

  it('does not wait where they are there already', async () => {
    const { resolve, waits } = resolverOf();
    await put();
    await reached(20);
    expect(await resolve('functions', 'crm', of(TENANT, 20))).toMatchObject({ version: '5' });
    expect(waits()).toBe(0);
  });

  it('is tried again where they do not come', async () => {
    await put();
    await reached(6);
    const error = await taskErrorOf(resolverOf(secrets, pool, 50).resolve('functions', 'crm', of(TENANT, 20)));
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  });
});

describe('a secret', () => {
  it('that went between the two looks was rotated: the next one is taken', async () => {
    const gone = await put({ token: 'old' });
    const rotating: Pick<SecretStore, 'get'> = {
      get: async (tenantId, ids) => {
        if (ids[0] === gone) {
          await secrets.remove(tenantId, ids);
          await put({ token: 'new', offset: 9 });
        }
        return secrets.get(tenantId, ids);
      },
    };
    const found = await resolverOf(rotating).resolve('functions', 'crm', of(TENANT));
    expect(found).toMatchObject({ version: '9', secret: { token: 'new' } });
  });

  it('that is lost for good ends the task, and so does a worker without master key', async () => {
    const secretId = (await put()) as string;
    const keyless = makeSecretStore(pool, keysOf(undefined));
    const without = await taskErrorOf(resolverOf(keyless).resolve('functions', 'crm', of(TENANT)));
    expect(without).toMatchObject({ code: 'CAPABILITY_UNAVAILABLE', retryable: false });
    await secrets.remove('t1', [secretId]);
    const lost = await taskErrorOf(resolverOf().resolve('functions', 'crm', of(TENANT)));
    expect(lost).toMatchObject({ code: 'CAPABILITY_UNAVAILABLE', retryable: false });
  });

  it('of a store that does not answer is asked for again', async () => {
    const away = await taskErrorOf(resolverOf(secrets, UNREACHABLE).resolve('functions', 'crm', of(TENANT)));
    expect(away).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  });
});
