import type { OperatorRow } from '../row.js';

const MALFORMED_WORKSPACE = { malformedIds: [{ workspaceId: 'a:b' }, { workspaceId: "x'--" }, { workspaceId: 'é' }] };
const MALFORMED_TENANT = { malformedIds: [{ tenantId: 'a:b' }, { tenantId: "x'--" }, { tenantId: 'é' }] };
const NO_COMMAND = '404 COMMAND_NOT_FOUND';
/** An operator is no tenant: every workspace that exists is as good as another. */
const keysOf = (own: string) => ({
  own,
  foreign: own,
  unknown: '404 WORKSPACE_NOT_FOUND',
  malformed: '400 INVALID_WORKSPACE_ID',
  ...MALFORMED_WORKSPACE,
});

/** The operator routes of flows-api 4. */
export const OPERATOR_ROWS: Readonly<Record<string, OperatorRow>> = {
  // A workspace is never moved to another tenant.
  assignWorkspace: {
    own: '200',
    foreign: '403 CROSS_TENANT_VIOLATION',
    unknown: '200',
    malformed: '400 INVALID_WORKSPACE_ID',
    ...MALFORMED_WORKSPACE,
    carries: ({ workspaceId }) => ({ body: { tenantId: workspaceId === 'acme-main' ? 'acme' : 'initech' } }),
  },
  createApiKey: { ...keysOf('201'), carries: () => ({ body: { type: 'anon' } }) },
  listApiKeys: keysOf('200'),
  rewrapWebhookSecrets: { own: '200' },
  rewrapTenantKeys: { own: '200' },
  // A tenant without secrets has no key to rotate, and nothing is done.
  rotateTenantKey: {
    ...{ own: '200', foreign: '200', unknown: '200', malformed: '400 INVALID_WORKSPACE_ID', ...MALFORMED_TENANT },
  },
  // The caller wants the key gone, and it is.
  // Dry, since a matrix must leave its tenants alone; an unknown tenant is an empty one.
  teardownTenant: {
    own: '200',
    foreign: '200',
    unknown: '200',
    malformed: '400 INVALID_WORKSPACE_ID',
    malformedIds: [{ tenantId: 'a:b' }, { tenantId: "x'--" }, { tenantId: 'é' }],
    carries: () => ({ query: 'dryRun=true' }),
  },
  removeApiKey: { own: '200', unknown: '200', malformed: '200' },
  // Tenants are known by their first command only: any may have quotas before it.
  setTenantQuotas: {
    ...{ own: '200', foreign: '200', unknown: '200', malformed: '400 INVALID_WORKSPACE_ID', ...MALFORMED_TENANT },
    carries: () => ({ body: { max_flows: 1000 } }),
  },
  setLlmModels: {
    ...{ own: '200', foreign: '200', unknown: '404 WORKSPACE_NOT_FOUND', malformed: '400 INVALID_WORKSPACE_ID' },
    ...MALFORMED_WORKSPACE,
    carries: () => ({ body: { models: null } }),
  },
  // Commands of a workspace are not among those of the tenant.
  getTenantCommand: {
    ...{ own: NO_COMMAND, foreign: NO_COMMAND, unknown: NO_COMMAND },
    ...{ malformed: '400 INVALID_WORKSPACE_ID', ...MALFORMED_TENANT },
  },
};
