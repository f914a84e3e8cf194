import { randomUUID } from 'node:crypto';
import type { IsolatedServices } from '@flowplane/stack';
import { expect, it } from 'vitest';
import { expectStatus, send } from '../driver/api-client.js';
import { inParallel } from '../driver/load.js';
import { makeTemplateClient, templateOf, type TemplateClient } from '../driver/templates.js';

const LONG = { timeout: 120_000, interval: 100 };
const WAIT = 'wait_for_completion_timeout=100s';
const FILTER = 'plugins.flow_framework.filter_by_backend_roles';

const CALLERS = {
  owner: { 'x-auth-subject': 'ann', 'x-backend-roles': 'search,news' },
  sharer: { 'x-auth-subject': 'bob', 'x-backend-roles': 'news' },
  another: { 'x-auth-subject': 'eve', 'x-backend-roles': 'sales' },
  admin: { 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' },
} as const;
type Caller = keyof typeof CALLERS;
const ENDS = ['deprovision', 'delete'] as const;
const CELLS = (Object.keys(CALLERS) as readonly Caller[]).flatMap((caller) => ENDS.map((end) => ({ caller, end })));

/**
 * Tests of who may do what with a state whose template was deleted (provisioning 15.2, 16): every cell, over REST.
 *
 * @param setOf the services, which are as `tenancy` and `foreign` say, and their OpenSearch
 */
export function describeTemplateAccess(
  setOf: () => { readonly services: IsolatedServices; readonly openSearch: string },
  { tenancy, foreign }: { readonly tenancy: boolean; readonly foreign: 403 | 404 },
): void {
  const as = (tenantId: string, caller: Caller): TemplateClient =>
    makeTemplateClient(setOf().services.url, tenantId, CALLERS[caller]);
  const noAccess = (id: string) =>
    foreign === 403
      ? [403, 'No permission to access this resource']
      : [404, `Failed to retrieve template (${id}) from global context.`];

  /** What each of the three actions answers. @param pipeline may be deleted */
  const actions = (client: TemplateClient, id: string, pipeline: string) => ({
    status: () => client.call('GET', `/${id}/_status`),
    deprovision: () => client.call('POST', `/${id}/_deprovision?allow_delete=${pipeline}`),
    delete: () => client.call('DELETE', `/${id}?clear_status=true`),
  });

  async function refusedAll(client: TemplateClient, id: string, pipeline: string, expected: readonly unknown[]) {
    for (const [action, ask] of Object.entries(actions(client, id, pipeline))) {
      const { status, body } = await ask();
      expect([action, status, body.error]).toEqual([action, ...expected]);
    }
  }

  async function stateOfDeletedTemplate(tenantId: string) {
    const pipeline = `access-${randomUUID()}`;
    const configurations = { processors: [{ set: { field: 'seen', value: '1' } }] };
    const node = { id: 'pipe', type: 'create_ingest_pipeline', user_inputs: { pipeline_id: pipeline, configurations } };
    const owner = as(tenantId, 'owner');
    const made = await owner.call('POST', `?provision=true&${WAIT}`, templateOf([node]));
    expect([made.status, made.body.state]).toEqual([202, 'COMPLETED']);
    const id = made.body.workflow_id;
    expect((await owner.call('DELETE', `/${id}`)).body.result).toBe('deleted');
    return { id, pipeline };
  }

  /** One state is ended by one caller in one way, after those who may not have tried everything. */
  async function tryCell(caller: Caller, end: (typeof ENDS)[number], isFiltered: boolean) {
    const tenantId = `t-${randomUUID()}`;
    const { id, pipeline } = await stateOfDeletedTemplate(tenantId);
    await refusedAll(as('stranger', 'owner'), id, pipeline, noAccess(id));
    await refusedAll(as('stranger', 'admin'), id, pipeline, noAccess(id));
    const client = as(tenantId, caller);
    if (isFiltered && caller === 'another') {
      return refusedAll(client, id, pipeline, [403, `User does not have permissions to access workflow: ${id}`]);
    }
    const asked = actions(client, id, pipeline);
    const { status, body } = await asked.status();
    const resources = body.resources_created?.map(({ resource_id: resource }) => resource);
    expect([status, body.workflow_id, body.state, resources]).toEqual([200, id, 'COMPLETED', [pipeline]]);
    expect((await asked[end]()).status).toBe(200);
    // Only a deprovisioning touches the resource.
    const onServer = await fetch(`${setOf().openSearch}/_ingest/pipeline/${pipeline}`);
    expect(onServer.status).toBe(end === 'deprovision' ? 404 : 200);
    await expect.poll(async () => (await asked.status()).status, LONG).toBe(404);
    const missing = isFiltered
      ? `Failed to retrieve template (${id}) from global context.`
      : `Fail to find workflow status of ${id}`;
    expect((await asked.status()).body.error).toBe(missing);
  }

  const everyCell = (isFiltered: boolean) =>
    inParallel(CELLS.length, 4, async (index) => {
      const { caller, end } = CELLS[index] as (typeof CELLS)[number];
      await tryCell(caller, end, isFiltered);
    });

  it('backend roles off: the whole tenant is let in, and no other tenant', async () => {
    expect(await everyCell(false)).toHaveLength(CELLS.length);
  }, 300_000);

  it('backend roles on: the owner, who shares a role, and an administrator', async () => {
    const operator = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };
    const filter = async (value: true | null): Promise<void> => {
      const settings = { headers: operator, body: { transient: { [FILTER]: value } } };
      expectStatus(await send(`${setOf().services.url}/_cluster/settings`, 'PUT', settings), 200);
    };
    await filter(true);
    const own = as('seen-by', 'owner');
    const id = await own.create([{ id: 'n', type: 'noop', user_inputs: {} }]);
    const seen = async () => (await as('seen-by', 'another').call('GET', `/${id}`)).status;
    await expect.poll(seen, LONG).toBe(403);
    const shows = async (caller: Caller) => Object.keys((await as('seen-by', caller).call('GET', `/${id}`)).body);
    for (const caller of ['owner', 'sharer'] as const) expect(await shows(caller)).not.toContain('user');
    expect(await shows('admin')).toContain('user');
    expect((await shows('owner')).includes('tenant_id')).toBe(tenancy);
    expect(await everyCell(true)).toHaveLength(CELLS.length);
    await filter(null);
    await expect.poll(seen, LONG).toBe(200);
  }, 300_000);
}
