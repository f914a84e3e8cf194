import { OPERATOR_BASE } from '@flowplane/contracts';
import { startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectStatus, identityHeaders, makeApiClient, send } from './driver/api-client.js';
import { acceptedEvents, readLog } from './driver/log-reader.js';

type Entry = {
  readonly commandType: string;
  readonly correlationId: string;
  readonly workspaceId: string | null;
  readonly reason: { readonly status: number; readonly code: string };
};

let services: IsolatedServices;

beforeAll(async () => {
  services = await startServices({ only: ['command-service', 'projection-service', 'trigger-service'] });
});
afterAll(() => services?.close());

const MINE = { tenantId: 'acme', workspaceId: 'acme-w' };

it('what the access gate refuses is in the audit of the caller’s tenant, with no id of another', async () => {
  const { 'command-service': commands, 'projection-service': queries, 'trigger-service': deliveries } = services.urls;
  const owner = (tenantId: string) => makeApiClient(commands, { tenantId, workspaceId: `${tenantId}-w` });
  for (const tenantId of ['acme', 'globex']) {
    expectStatus(await owner(tenantId).call('POST', '/flows', { body: { name: 'f', flowId: 'f' } }), 201);
  }
  const denied = async (
    url: string,
    correlationId: string,
    headers: Readonly<Record<string, string>>,
    service = commands,
  ) => {
    const own = { ...identityHeaders(MINE), ...headers, 'x-correlation-id': correlationId };
    expect((await send(`${service}${url}`, 'POST', { headers: own, body: { type: 'anon' } })).status).toBe(403);
  };
  const foreign = '/v1/flows/workspaces/globex-w/flows';
  await denied('/v1/flows/workspaces/acme-w/flows', 'by-the-role-gate', { 'x-actor-roles': 'viewer' });
  await denied(foreign, 'by-the-binding', {});
  await denied(foreign, 'across-tenants', { 'x-workspace-id': '' });
  await denied('/v1/flows/workspaces/acme-w/flows', 'wrong-domain', { 'x-privilege-domain': 'data_access' });
  const hook = '/v1/flows/workspaces/globex-w/triggers/webhooks/f%3Awebhook%3Adefault';
  await denied(hook, 'delivery', { 'x-workspace-id': '', 'x-privilege-domain': 'structural_admin' }, deliveries);
  await denied(hook, 'delivery-elsewhere', {}, deliveries);
  await denied(`${OPERATOR_BASE}/workspaces/globex-w/api-keys`, 'no-operator', {});

  const audit = async (tenantId: string, query: string) => {
    const client = makeApiClient(queries, { tenantId, workspaceId: `${tenantId}-w` });
    return expectStatus(await client.call<{ readonly items: readonly Entry[] }>('GET', `/audit?${query}`), 200).items;
  };
  await expect.poll(async () => (await audit('acme', 'outcome=denied')).length, { timeout: 30_000 }).toBe(7);
  const shown = (await audit('acme', 'outcome=denied')).map(({ commandType, correlationId, workspaceId, reason }) => [
    ...[correlationId, commandType, reason.status, reason.code, workspaceId],
  ]);
  expect(shown.toSorted(([one], [other]) => String(one).localeCompare(String(other)))).toEqual([
    ['across-tenants', 'flow.create', 403, 'CROSS_TENANT_VIOLATION', null],
    ['by-the-binding', 'flow.create', 403, 'FORBIDDEN', 'acme-w'],
    ['by-the-role-gate', 'flow.create', 403, 'FORBIDDEN', 'acme-w'],
    ['delivery', 'execution.start', 403, 'PRIVILEGE_DOMAIN_MISMATCH', null],
    ['delivery-elsewhere', 'execution.start', 403, 'FORBIDDEN', 'acme-w'],
    ['no-operator', 'api_key.create', 403, 'FORBIDDEN', 'acme-w'],
    ['wrong-domain', 'flow.create', 403, 'PRIVILEGE_DOMAIN_MISMATCH', 'acme-w'],
  ]);
  expect(await audit('globex', 'outcome=denied')).toEqual([]);
  expect(await audit('acme', 'outcome=denied&actorId=nobody')).toEqual([]);
  expect(await audit('acme', 'outcome=accepted')).toHaveLength(1);

  const records = acceptedEvents(await readLog(services.env)).filter(({ event }) => event.type === 'CommandDenied');
  expect(records).toHaveLength(7);
  expect(JSON.stringify(records)).not.toContain('globex');
});
