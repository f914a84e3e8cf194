import { API_KEY_TYPES, isScopeId } from '@flowplane/contracts';
import { jsonObject, operatorRoute, param, type AccessOptions, type Answer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { ApiKeys } from '@flowplane/runtime/identity';
import type { WorkspaceOwners } from '@flowplane/runtime/tenancy';
import type { FastifyInstance } from 'fastify';
import { stored } from '@flowplane/runtime/read-model';

export type OperatorContext = { readonly owners: WorkspaceOwners; readonly apiKeys: ApiKeys };

/** Workspaces and their API keys, for operators of the platform (flows-api 4). */
export function addOperatorRoutes(app: FastifyInstance, access: AccessOptions, context: OperatorContext): void {
  const { owners, apiKeys } = context;

  operatorRoute(app, access, 'assignWorkspace', async (call) => {
    const { tenantId } = jsonObject(call);
    if (typeof tenantId !== 'string' || !isScopeId(tenantId)) {
      throw refusal('INVALID_JSON', { message: 'tenantId must be a string that matches ^[A-Za-z0-9_-]{1,64}$.' });
    }
    const { workspaceId } = call;
    const owner = await stored(owners.assign(workspaceId, tenantId));
    // Never moved: the workspace's place in the log and its topics are its tenant's.
    if (owner !== tenantId) throw refusal('CROSS_TENANT_VIOLATION');
    return { status: 200, body: { workspaceId, tenantId } };
  });

  operatorRoute(app, access, 'createApiKey', async (call) => {
    const given = jsonObject(call)['type'];
    const type = API_KEY_TYPES.find((one) => one === given);
    if (type === undefined) {
      throw refusal('INVALID_JSON', { message: `type must be one of ${API_KEY_TYPES.join(', ')}.` });
    }
    const { workspaceId, identity } = call;
    const tenantId = await stored(owners.ownerOf(workspaceId));
    if (tenantId === undefined) throw refusal('WORKSPACE_NOT_FOUND');
    const made = await stored(apiKeys.create({ tenantId, workspaceId, type, createdBy: identity.actorId }));
    return { status: 201, body: { keyId: made.keyId, type, key: made.key }, headers: { 'cache-control': 'no-store' } };
  });

  operatorRoute(app, access, 'listApiKeys', async ({ workspaceId }) => {
    if ((await stored(owners.ownerOf(workspaceId))) === undefined) throw refusal('WORKSPACE_NOT_FOUND');
    const items = (await stored(apiKeys.list(workspaceId))).map((key) => ({
      keyId: key.keyId,
      type: key.type,
      createdAt: key.createdAt.toISOString(),
      lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    }));
    return { status: 200, body: { items } };
  });

  operatorRoute(app, access, 'removeApiKey', async (call): Promise<Answer> => {
    // Removing what is gone already is a success: the caller wants it gone.
    await stored(apiKeys.remove(param(call, 'keyId')));
    return { status: 200, body: { removed: true } };
  });
}
