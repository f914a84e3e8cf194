import { deliver, publishWebhooks, secretsOf, webhookFlow } from '../driver/webhooks.js';
import { randomBytes, randomUUID } from 'node:crypto';
import { closedRun, expectStatus, makeApiClient, PATIENT, publishFlow, send, startRun } from '../driver/api-client.js';
import type { ApiClient } from '../driver/api-client.js';
import { approvalsFlow } from '../driver/approvals.js';
import type { PendingBody } from '../driver/api-types.js';
import { waitFlow } from '../driver/definitions.js';
import type { Fresh, IdKind, Ids, Row } from './row.js';

/** What a tenant has in a workspace, and everything by which it could be recognised. */
export type Scope = {
  readonly client: ApiClient;
  readonly ids: Ids;
  /** Flow whose runs wait for an approval. */
  readonly deskFlowId: string;
  readonly keys: { readonly anon: string; readonly service: string };
  readonly secrets: readonly string[];
};

export type World = {
  readonly baseUrl: string;
  /** `acme-main`: what all requests ask for. */
  readonly own: Scope;
  /** `acme-side`: another workspace of the same tenant. */
  readonly side: Scope;
  /** `globex-main`: another tenant. */
  readonly stranger: Scope;
};

export const OPERATOR = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };
/** How long a run may take on a machine with much else to do. */
const BUSY_MACHINE_MS = 180_000;
const INTERNAL = '/v1/internal/flows';

type MadeKey = { readonly keyId: string; readonly key: string };

export async function makeWorld(baseUrl: string): Promise<World> {
  const own = await makeScope(baseUrl, 'acme', 'acme-main');
  const side = await makeScope(baseUrl, 'acme', 'acme-side');
  const stranger = await makeScope(baseUrl, 'globex', 'globex-main');
  return { baseUrl, own, side, stranger };
}

async function makeScope(baseUrl: string, tenantId: string, workspaceId: string): Promise<Scope> {
  const marker = randomBytes(6).toString('hex');
  const client = makeApiClient(baseUrl, { tenantId, workspaceId, actorId: `actor-${marker}` });
  const [flowId, deskFlowId] = [`vault-${marker}`, `desk-${marker}`];
  await publishFlow(client, flowId, waitFlow('PT0S'));
  await publishFlow(client, deskFlowId, approvalsFlow([{ id: 'review' }]));
  const { executionId } = await startRun(client, flowId, { hidden: `input-${marker}` });
  await closedRun(client, flowId, executionId, BUSY_MACHINE_MS);
  const triggerId = `hook-${marker}:webhook:default`;
  const secret = secretsOf(await publishWebhooks(client, `hook-${marker}`, webhookFlow()))[triggerId] ?? '';
  const deliveryId = `delivery-${marker}`;
  expectStatus(await deliver(client, triggerId, secret, '{}', { id: deliveryId }), 202);
  const connectionName = `crm-${marker}`;
  await putConnection(client, connectionName);
  const headers = { prefer: 'respond-async' };
  const command = await client.call<PendingBody>('PATCH', `/flows/${flowId}`, { headers, body: {} });
  const { commandId } = expectStatus(command, 202);
  // What strangers have is looked at before and after: nothing may still be on its way.
  await client.typed.decided(commandId, BUSY_MACHINE_MS);
  const key = async (type: string): Promise<MadeKey> => {
    const path = `${baseUrl}${INTERNAL}/workspaces/${workspaceId}/api-keys`;
    return expectStatus(await send<MadeKey>(path, 'POST', { headers: OPERATOR, body: { type } }), 201);
  };
  const [anon, service, spare] = [await key('anon'), await key('service'), await key('anon')];
  const ids = {
    ...{ tenantId, workspaceId, flowId, version: '1', executionId, signalName: 'review', commandId },
    ...{ keyId: spare.keyId, triggerId, deliveryId, connectionName },
  };
  return {
    ...{ client, ids, deskFlowId, keys: { anon: anon.key, service: service.key } },
    secrets: [marker, workspaceId, commandId, ...[anon, service, spare].flatMap((made) => [made.key, made.keyId])],
  };
}

async function putConnection(client: ApiClient, name: string): Promise<void> {
  const body = { kind: 'http', endpoint: { url: 'https://crm.example.com/', auth: 'none' } };
  expectStatus(await client.call('PUT', `/connections/${name}`, { headers: PATIENT, body }), 201);
}

/** What no answer to somebody at home in `home` may contain; undefined: at home nowhere. */
export function secretsHiddenFrom({ own, side, stranger }: World, home: Scope | undefined): readonly string[] {
  const others = [own, side, stranger].filter((scope) => scope !== home);
  const foreignTenants = new Set(others.map(({ ids }) => ids['tenantId'] as string));
  foreignTenants.delete(home?.ids['tenantId'] ?? '');
  return [...others.flatMap(({ secrets }) => secrets), ...foreignTenants];
}

export const MALFORMED_TEXTS = ['a:b', "x' OR '1'='1", '%', 'é☃', 'x\0', 'y'.repeat(300), ' ', '...', '${{1}}'];
const everywhere = (text: string): Ids => ({
  ...{ flowId: text, version: text, executionId: text, signalName: text, commandId: text, keyId: text },
  ...{ triggerId: text, deliveryId: text, connectionName: text },
});

/** The ids of a kind to try on a route; `path` says which parameters it has. */
export function idsOf(world: World, kind: IdKind, row: Pick<Row, 'malformedIds'>, path: string): readonly Ids[] {
  const own = world.own.ids;
  const hasBoth = path.includes(':flowId') && path.includes(':executionId');
  switch (kind) {
    case 'own':
      return [own];
    case 'foreign':
      return [world.stranger, world.side].flatMap(({ ids }) => {
        const underOwnFlow = { ...ids, flowId: own['flowId'] as string };
        return hasBoth ? [ids, underOwnFlow] : [ids];
      });
    case 'fabricated':
      return [world.stranger, world.side].map(({ ids }) => fabricated(ids, 'nobodys'));
    case 'unknown':
      return [
        fabricated(own, 'nobodys'),
        ...(path.includes(':executionId') ? [fabricated(own, own['flowId'] as string)] : []),
      ];
    case 'malformed':
      return (row.malformedIds ?? MALFORMED_TEXTS.map(everywhere)).map((ids) => ({ ...own, ...ids }));
  }
}

/** Ids of the same form and place as `ids`, of what was never made. */
function fabricated({ tenantId = '', workspaceId = '' }: Ids, flowId: string): Ids {
  const executionId = `${tenantId}:${workspaceId}:${flowId}:${randomUUID()}`;
  return {
    ...{ tenantId, flowId, version: '1', executionId, signalName: 'review' },
    ...{ workspaceId: `nobodys-${randomUUID()}`, commandId: randomUUID(), keyId: randomUUID() },
    ...{ triggerId: `${flowId}:webhook:default`, deliveryId: randomUUID() },
    connectionName: `crm-${randomUUID()}`,
  };
}

/** Ids of something made for one request. */
export async function freshIds({ own, stranger }: World, fresh: Fresh): Promise<Ids> {
  const flowId = `fresh-${randomUUID()}`;
  if (fresh === 'run') {
    const { executionId } = await startRun(own.client, own.deskFlowId);
    return { ...own.ids, flowId: own.deskFlowId, executionId };
  }
  if (fresh === 'earlier version') {
    await publishFlow(own.client, flowId, waitFlow('PT0S'));
    expectStatus(await own.client.call('POST', `/flows/${flowId}/versions`, { headers: PATIENT }), 201);
    return { ...own.ids, flowId, version: '1' };
  }
  if (fresh === 'connection' || fresh === 'foreign connection') {
    const owner = fresh === 'connection' ? own : stranger;
    const connectionName = `crm-${randomUUID()}`;
    await putConnection(owner.client, connectionName);
    return { ...owner.ids, connectionName };
  }
  const owner = fresh === 'flow' ? own : stranger;
  const made = await owner.client.call('POST', '/flows', { headers: PATIENT, body: { name: flowId, flowId } });
  expectStatus(made, 201);
  return { ...owner.ids, flowId };
}
