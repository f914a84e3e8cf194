import type { RouteSpec } from './routes.js';

/** Base of what only operators of the platform may do (flows-api 4). */
export const OPERATOR_BASE = '/v1/internal/flows';

export type OperatorRouteSpec = Pick<RouteSpec, 'method' | 'path' | 'service'> & {
  /** A command about the tenant of the path; absent: it is none. */
  readonly command?: true;
};

export const OPERATOR_ROUTES = {
  assignWorkspace: { method: 'PUT', path: '/workspaces/:workspaceId', service: 'command-service' },
  createApiKey: { method: 'POST', path: '/workspaces/:workspaceId/api-keys', service: 'command-service' },
  listApiKeys: { method: 'GET', path: '/workspaces/:workspaceId/api-keys', service: 'command-service' },
  rewrapWebhookSecrets: { method: 'POST', path: '/webhook-secrets/rewrap', service: 'command-service' },
  removeApiKey: { method: 'DELETE', path: '/api-keys/:keyId', service: 'command-service' },
  setTenantQuotas: { method: 'PUT', path: '/tenants/:tenantId/quotas', service: 'command-service', command: true },
  setLlmModels: {
    method: 'PUT',
    path: '/workspaces/:workspaceId/llm-models',
    service: 'command-service',
    command: true,
  },
  getTenantCommand: { method: 'GET', path: '/tenants/:tenantId/commands/:commandId', service: 'projection-service' },
  teardownTenant: { method: 'POST', path: '/tenants/:tenantId/teardown', service: 'command-service' },
  rewrapTenantKeys: { method: 'POST', path: '/tenant-keys/rewrap', service: 'command-service' },
  rotateTenantKey: { method: 'POST', path: '/tenants/:tenantId/key/rotations', service: 'command-service' },
} as const satisfies Record<string, OperatorRouteSpec>;

export type OperatorRouteName = keyof typeof OPERATOR_ROUTES;
