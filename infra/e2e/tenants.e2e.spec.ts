import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { withTenant, type Pool, type PoolClient } from '@flowplane/plumbing/postgres';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedRun, expectStatus, makeApiClient, publishFlow, send, startRun } from './driver/api-client.js';
import { waitFlow } from './driver/definitions.js';
import { acceptedEvents, readLog } from './driver/log-reader.js';
import { DEVELOPMENT_KEY, putSecrets, readSecrets } from './driver/secrets.js';
import { deliver, publishWebhooks, secretsOf, webhookFlow } from './driver/webhooks.js';
import { withDatabase } from './driver/log-totals.js';

const INSUFFICIENT_PRIVILEGE = '42501';

let services: IsolatedServices;

beforeAll(async () => {
  services = await startServices({ env: { FLOWS_QUOTAS: 'off' } });
  const alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' });
  const mallory = makeApiClient(services.url, { tenantId: 'globex', workspaceId: 'globex-main', actorId: 'mallory' });
  await publishFlow(alice, 'secret-flow', waitFlow('PT0S'));
  await publishFlow(mallory, 'own-flow', waitFlow('PT0S'));
  const hooked = await publishWebhooks(alice, 'hooked', webhookFlow());
  const [[triggerId, secret] = ['', '']] = Object.entries(secretsOf(hooked));
  expectStatus(await deliver(alice, triggerId, secret, '{}'), 202);
  const { executionId } = await startRun(alice, 'secret-flow', { hidden: 'acme input' });
  await closedRun(alice, 'secret-flow', executionId);
});

afterAll(async () => {
  await services?.close();
});

describe('direct SQL as flows_app', () => {
  const inDatabase = <T>(work: (pool: Pool) => Promise<T>) => withDatabase(services.env['FLOWS_DB_URL'], work);

  async function tables(pool: Pool): Promise<readonly string[]> {
    const { rows } = await pool.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'flows' ORDER BY 1",
    );
    return rows.map(({ name }) => name);
  }

  /** Rows a table shows; null where reading it is refused. */
  async function visible(client: PoolClient, table: string): Promise<number | null> {
    await client.query('SAVEPOINT before_read');
    try {
      const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM flows."${table}"`);
      return Number(rows[0]?.count);
    } catch (cause) {
      if ((cause as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw cause;
      await client.query('ROLLBACK TO before_read');
      return null;
    }
  }

  async function rowsSeen(scope: { tenantId: string; workspaceId: string } | 'no setting') {
    return inDatabase(async (pool) => {
      const seen: Record<string, number | null> = {};
      const names = await tables(pool);
      const look = async (client: PoolClient): Promise<void> => {
        for (const name of names) seen[name] = await visible(client, name);
      };
      if (scope !== 'no setting') await withTenant(pool, scope, look);
      else {
        const client = await pool.connect();
        await client.query('BEGIN');
        await client.query('SET LOCAL ROLE flows_app');
        await look(client);
        await client.query('ROLLBACK');
        client.release();
      }
      return seen;
    });
  }

  const tenantRows = (seen: Readonly<Record<string, number | null>>) => TENANT_TABLES.map((table) => seen[table]);

  /** How far projections are, by partition. */
  const TABLES_WITHOUT_TENANTS = ['projection_progress'];
  const TENANT_TABLES = [
    ...['flows', 'flow_versions', 'executions', 'commands', 'audit', 'frames', 'nodes'],
    ...['webhook_triggers', 'webhook_deliveries'],
  ];

  it('reads the own rows, so that the other checks can fail', async () => {
    const seen = await rowsSeen({ tenantId: 'acme', workspaceId: 'acme-main' });
    expect(tenantRows(seen).filter((rows) => rows === null || rows === undefined || rows === 0)).toEqual([]);
  });

  it.each([
    ['no setting', 'no setting' as const],
    ['the setting of a tenant without data', { tenantId: 'initech', workspaceId: 'initech-main' }],
    ['a foreign tenant with the own workspace', { tenantId: 'globex', workspaceId: 'acme-main' }],
    ['the own tenant with a foreign workspace', { tenantId: 'acme', workspaceId: 'globex-main' }],
    ['empty settings', { tenantId: '', workspaceId: '' }],
  ])('reads nothing with %s', async (_name, scope) => {
    const seen = await rowsSeen(scope);
    expect(tenantRows(seen)).toEqual(TENANT_TABLES.map(() => 0));
    // Whatever other tables there are hold nothing of tenants or are not readable at all.
    const known = [...TENANT_TABLES, ...TABLES_WITHOUT_TENANTS];
    const others = Object.entries(seen).filter(([table]) => !known.includes(table));
    expect(others.filter(([, rows]) => rows !== null && rows > 0)).toEqual([]);
  });

  it('cannot change a published version, nor anything else', async () => {
    await inDatabase(async (pool) => {
      const scope = { tenantId: 'acme', workspaceId: 'acme-main' };
      const attempts = [
        "UPDATE flows.flow_versions SET definition = '{}'",
        'DELETE FROM flows.flow_versions',
        "UPDATE flows.executions SET status = 'Completed'",
        `INSERT INTO flows.projection_progress VALUES ('${randomUUID()}', 0, 0, 0, '')`,
      ];
      const codes = [];
      for (const sql of attempts) {
        const changed = withTenant(pool, scope, (client) => client.query(sql));
        codes.push(
          await changed.then(
            () => sql,
            (cause: { code?: string }) => cause.code,
          ),
        );
      }
      expect(codes).toEqual(attempts.map(() => INSUFFICIENT_PRIVILEGE));
    });
  });
});

describe('owners of workspaces after a loss in the state database', () => {
  const inState = <T>(work: (pool: Pool) => Promise<T>) => withDatabase(services.env['FLOWS_STATE_DB_URL'], work);
  const owners = () =>
    inState(async (pool) => {
      const { rows } = await pool.query<{ workspace: string; tenant: string }>(
        `SELECT workspace_id AS workspace, tenant_id AS tenant FROM tenancy.workspace_owners
          WHERE confirmed_at IS NOT NULL ORDER BY 1`,
      );
      return rows;
    });
  const OF_ALICE = "workspace_id = 'acme-main'";
  const BACK = "UPDATE tenancy.owner_positions SET next_offset = 0, epoch = 0, owner = '', owners = 0";

  it.each([
    ['all of it was lost', ['TRUNCATE tenancy.workspace_owners, tenancy.owner_positions']],
    ['the table of owners was emptied', ['TRUNCATE tenancy.workspace_owners']],
    ['the table of owners is an older one', [`DELETE FROM tenancy.workspace_owners WHERE ${OF_ALICE}`]],
    ['all of it is an older copy', [`DELETE FROM tenancy.workspace_owners WHERE ${OF_ALICE}`, BACK]],
    [
      'an older copy has another tenant’s reservation',
      [`UPDATE tenancy.workspace_owners SET tenant_id = 'globex', confirmed_at = NULL WHERE ${OF_ALICE}`, BACK],
    ],
  ])('%s: nobody gets another tenant’s workspace, and its owner goes on', async (_what, damage) => {
    const before = await owners();
    expect(before).toContainEqual({ workspace: 'acme-main', tenant: 'acme' });
    await services.stop('command-service');
    await inState(async (pool) => {
      for (const statement of damage) await pool.query(statement);
    });
    await services.start('command-service');
    const ask = async (tenantId: string, flowId: string) => {
      const client = makeApiClient(services.url, { tenantId, workspaceId: 'acme-main', actorId: 'somebody' });
      for (;;) {
        const { status, body } = await client.call<{ code?: string }>('POST', '/flows', {
          body: { name: 'n', flowId },
        });
        if (status !== 503) return [status, body.code];
        expect(body.code).toBe('OWNERS_UNKNOWN');
      }
    };
    expect(await ask('globex', 'taken')).toEqual([403, 'CROSS_TENANT_VIOLATION']);
    expect(await ask('acme', 'secret-flow')).toEqual([409, 'FLOW_EXISTS']);
    expect(await owners()).toEqual(before);
  });
});

describe('keys that secrets of tenants are encrypted with', () => {
  it('are changed by operators, and the log has who asked; the keys before are not needed then', async () => {
    const password = 'swordfish-4711';
    const [bytes, next] = [randomBytes(32).toString('base64'), 'new-1'];
    const ids = await putSecrets(services.env, 'acme', [password, `${password} too`]);
    await putSecrets(services.env, 'globex', [password]);
    await services.stop('command-service');
    await services.start('command-service', { FLOWS_MASTER_KEYS: `${next}:${bytes},${DEVELOPMENT_KEY}` });
    const ask = async (path: string) => {
      const headers = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };
      const url = `${services.url}/v1/internal/flows${path}`;
      return expectStatus(await send<{ keyId: string | null }>(url, 'POST', { headers, timeoutMs: 90_000 }), 200);
    };
    const none = { masterKeyId: next, tenants: 0, rewrapped: 0, reencrypted: 0, unreadable: 0, pending: 0 };
    expect(await ask('/tenant-keys/rewrap')).toEqual({ ...none, tenants: 2, rewrapped: 2 });
    expect(await ask('/tenant-keys/rewrap')).toEqual(none);
    const rotated = await ask('/tenants/acme/key/rotations');
    expect(rotated).toEqual({ tenantId: 'acme', keyId: expect.any(String) as unknown, reencrypted: 2, unreadable: 0 });
    const unknown = await ask('/tenants/unknown/key/rotations');
    expect(unknown).toEqual({ tenantId: 'unknown', keyId: null, reencrypted: 0, unreadable: 0 });
    const found = await readSecrets(services.env, `${next}:${bytes}`, 'acme', ids);
    expect([...found.values()].toSorted()).toEqual([password, `${password} too`]);

    const log = await readLog(services.env);
    const changes = acceptedEvents(log).flatMap(({ event }) =>
      event.type === 'TenantKeyChanged' ? [[event.meta.tenantId, event.meta.actorId, event.data]] : [],
    );
    const wrapped = { masterKeyId: next, dataKeyId: null };
    expect(changes).toHaveLength(3);
    expect(changes).toEqual(
      expect.arrayContaining([
        ['acme', 'root', wrapped],
        ['acme', 'root', { masterKeyId: next, dataKeyId: rotated.keyId }],
        ['globex', 'root', wrapped],
      ]),
    );
    const told = JSON.stringify(log) + (await readFile(services.logOf('command-service'), 'utf8'));
    expect(told).toContain(next);
    for (const hidden of [password, bytes]) expect(told).not.toContain(hidden);
  });
});
