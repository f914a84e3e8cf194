import { Type } from '@sinclair/typebox';
import type { RouteSchema } from './route-schema.js';
import { closed, Id, listOf, nullable, oneOf, open, Removed, ScopeId, Timestamp } from './shapes.js';

const KeyType = oneOf(['anon', 'service']);

/** What only operators of the platform may do (flows-api 4). */
export const OPERATOR_ROUTE_SCHEMAS = {
  assignWorkspace: {
    summary: 'Makes a tenant the owner of a workspace',
    body: open({ tenantId: ScopeId }),
    answers: { 200: { description: 'It is the owner.', body: closed({ workspaceId: ScopeId, tenantId: ScopeId }) } },
    refusals: ['CROSS_TENANT_VIOLATION'],
  },
  createApiKey: {
    summary: 'Makes an API key; the key is shown here only',
    body: open({ type: KeyType }),
    answers: {
      201: {
        description: 'The key.',
        body: closed({ keyId: Id, type: KeyType, key: Type.String({ pattern: '^flc_(anon|service)_' }) }),
      },
    },
    refusals: ['WORKSPACE_NOT_FOUND'],
  },
  listApiKeys: {
    summary: 'The API keys of a workspace, without the keys themselves',
    answers: {
      200: {
        description: 'Keys.',
        body: listOf(
          closed(
            { keyId: Id, type: KeyType, createdAt: Timestamp, lastUsedAt: nullable(Timestamp) },
            { $id: 'ApiKey' },
          ),
        ),
      },
    },
    refusals: ['WORKSPACE_NOT_FOUND'],
  },
  removeApiKey: {
    summary: 'Revokes an API key',
    answers: { 200: { description: 'It is gone.', body: Removed } },
    refusals: [],
  },
} as const satisfies Record<string, RouteSchema>;
