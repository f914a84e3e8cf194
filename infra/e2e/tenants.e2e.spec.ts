import { randomUUID } from 'node:crypto';
import { ROUTES, type RouteName, type RouteSpec } from '@flowplane/contracts';
import { withTenant, type Pool, type PoolClient } from '@flowplane/infra/postgres';
import { startServices, type IsolatedServices } from '@flowplane/infra/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  publishFlow,
  send,
  startRun,
  type ApiClient,
} from './driver/api-client.js';
import type { ListBody, PendingBody, Problem } from './driver/api-types.js';
import { waitFlow } from './driver/definitions.js';
import { withDatabase } from './driver/log-totals.js';

const INSUFFICIENT_PRIVILEGE = '42501';

let services: IsolatedServices;
/** Owner of what there is, and the stranger who tries to get at it. */
let alice: ApiClient;
let mallory: ApiClient;
let params: Readonly<Record<string, string>>;

beforeAll(async () => {
  services = await startServices({ env: { FLOWS_QUOTAS: 'off' } });
  alice = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' });
  mallory = makeApiClient(services.url, { tenantId: 'globex', workspaceId: 'globex-main', actorId: 'mallory' });
  await publishFlow(alice, 'secret-flow', waitFlow('PT0S'));
  await publishFlow(mallory, 'own-flow', waitFlow('PT0S'));
  const { executionId } = await startRun(alice, 'secret-flow', { hidden: 'acme input' });
  await closedRun(alice, 'secret-flow', executionId);
  const pending = await alice.call<PendingBody>('POST', '/flows/secret-flow/executions', {
    headers: { prefer: 'respond-async' },
  });
  params = {
    flowId: 'secret-flow',
    version: '1',
    executionId,
    signalName: 'human-approval',
    commandId: expectStatus(pending, 202).commandId,
  };
});

afterAll(async () => {
  await services?.close();
});

const routes = Object.entries(ROUTES) as [RouteName, RouteSpec][];

/** Path of a route below the workspace, filled with what belongs to alice. */
function pathOf(route: RouteSpec): string {
  return route.path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`no example for the path parameter ${name}`);
    return encodeURIComponent(value);
  });
}

const attempt = (client: ApiClient, route: RouteSpec, headers: Readonly<Record<string, string>> = {}) =>
  client.call<Problem & Partial<ListBody<unknown>>>(route.method, pathOf(route), {
    headers,
    ...(route.method === 'POST' || route.method === 'PATCH' ? { body: { name: 'mine', flowId: 'secret-flow' } } : {}),
  });

describe('a second tenant, route by route', () => {
  it.each(routes)('%s: 403 in the workspace of the first tenant', async (_name, route) => {
    const intruder = makeApiClient(services.url, { ...mallory.caller, workspaceId: 'acme-main' });
    const answer = await attempt(intruder, route);
    expect([answer.status, answer.body.code]).toEqual([403, 'CROSS_TENANT_VIOLATION']);
    expect(JSON.stringify(answer.body)).not.toContain('acme');
  });

  it.each(routes)('%s: 403 when bound to another workspace than the path', async (_name, route) => {
    const intruder = makeApiClient(services.url, { ...mallory.caller, workspaceId: 'acme-main' });
    const answer = await attempt(intruder, route, { 'x-workspace-id': 'globex-main' });
    expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN']);
  });

  it.each(routes)('%s: 401 without a tenant', async (_name, route) => {
    const answer = await send<Problem>(alice.urlOf(pathOf(route)), route.method, {});
    expect([answer.status, answer.body.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  /** What the second tenant gets in its own workspace for ids of the first. A route without an entry does not compile. */
  const OWN_WORKSPACE: Readonly<Record<RouteName, readonly [number, string | null]>> = {
    listTaskTypes: [200, null],
    listFlows: [200, null],
    createFlow: [201, null],
    getFlow: [404, 'FLOW_NOT_FOUND'],
    updateFlow: [404, 'FLOW_NOT_FOUND'],
    deleteFlow: [404, 'FLOW_NOT_FOUND'],
    validateFlow: [404, 'FLOW_NOT_FOUND'],
    publishFlow: [404, 'FLOW_NOT_FOUND'],
    listVersions: [404, 'FLOW_NOT_FOUND'],
    getVersion: [404, 'VERSION_NOT_FOUND'],
    startExecution: [404, 'VERSION_NOT_FOUND'],
    listExecutions: [404, 'FLOW_NOT_FOUND'],
    getExecution: [404, 'EXECUTION_NOT_FOUND'],
    cancelExecution: [403, 'CROSS_TENANT_FORBIDDEN'],
    retryExecution: [403, 'CROSS_TENANT_FORBIDDEN'],
    signalExecution: [403, 'CROSS_TENANT_FORBIDDEN'],
    streamExecution: [403, 'FORBIDDEN'],
    getCommand: [404, 'COMMAND_NOT_FOUND'],
    listAudit: [200, null],
    listQuotas: [200, null],
  };
  // Creating a flow under the same id is allowed and would make the others find it, so it comes last.
  const inOrder = routes.toSorted(([a], [b]) => Number(a === 'createFlow') - Number(b === 'createFlow'));

  it.each(inOrder)('%s: nothing of the first tenant in the own workspace', async (name, route) => {
    const expected = OWN_WORKSPACE[name];
    const answer = await attempt(mallory, route);
    expect([answer.status, answer.body.code ?? null]).toEqual(expected);
    // What was just made under the same id is the caller's own.
    const foreign = name === 'createFlow' ? /acme/ : /acme|secret-flow/;
    expect(JSON.stringify(answer.body)).not.toMatch(foreign);
  });

  it('leaves what belongs to the first tenant as it was', async () => {
    const flow = expectStatus(await alice.call<{ name: string; revision: number }>('GET', '/flows/secret-flow'), 200);
    expect(flow).toMatchObject({ name: 'secret-flow', revision: 2, latestVersion: 1 });
    const runs = expectStatus(await alice.call<ListBody<unknown>>('GET', '/flows/secret-flow/executions'), 200);
    expect(runs.items).toHaveLength(2);
  });

  it('does not widen a list by a filter', async () => {
    expectStatus(await startRun(mallory, 'own-flow').then(() => mallory.call('GET', '/flows/own-flow')), 200);
    const query = encodeURIComponent("tenantId = 'acme' AND workspaceId IN ('acme-main')");
    const listed = await mallory.call<ListBody<{ executionId: string }>>(
      'GET',
      `/flows/own-flow/executions?query=${query}`,
    );
    const ids = expectStatus(listed, 200).items.map(({ executionId }) => executionId);
    expect(ids).toHaveLength(1);
    expect(ids[0]).toMatch(/^globex:/);
  });
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
  const TENANT_TABLES = ['flows', 'flow_versions', 'executions', 'commands', 'audit', 'frames', 'nodes'];

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
