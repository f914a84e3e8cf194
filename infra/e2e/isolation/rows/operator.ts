import type { OperatorRow } from '../row.js';

const MALFORMED_WORKSPACE = { malformedIds: [{ workspaceId: 'a:b' }, { workspaceId: "x'--" }, { workspaceId: 'é' }] };
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
  // Whoever removes a key wants it gone, and it is.
  removeApiKey: { own: '200', unknown: '200', malformed: '200' },
};
