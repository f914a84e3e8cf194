import { NO_FLOW, NO_VERSION, nowhere, type Row } from '../row.js';

/** Ownership is read from the execution id alone, before any lookup (flows-api 6.3, 9.1). */
const owned = (notOwned: string) => ({
  foreign: notOwned,
  fabricated: notOwned,
  malformed: notOwned,
  unknown: '404 EXECUTION_NOT_FOUND',
});
const ACT = owned('403 CROSS_TENANT_FORBIDDEN');

/** Routes 11 to 17 and 30 of flows-api 4: runs. */
export const EXECUTION_ROWS: Readonly<Record<string, Row>> = {
  startExecution: { domain: 'D', gate: '–', own: '201', ...nowhere(NO_VERSION), carries: () => ({ body: {} }) },
  listExecutions: {
    domain: 'D',
    gate: '–',
    own: '200',
    ...nowhere(NO_FLOW),
    // A clause on the scope is removed, whatever it says: it widens nothing.
    carries: ({ tenantId = '', workspaceId = '' }) => ({
      query: `query=${encodeURIComponent(`tenantId = '${tenantId}' AND workspaceId IN ('${workspaceId}')`)}`,
    }),
  },
  // Ids are filters here: what is not the caller's is an empty list.
  listWorkspaceExecutions: {
    domain: 'D',
    gate: '–',
    own: '200',
    ...nowhere('200'),
    carries: ({ flowId = '' }) => ({ query: `flowId=${encodeURIComponent(flowId)}` }),
  },
  getCauses: { domain: 'D', gate: '–', own: '200', ...nowhere('404 EXECUTION_NOT_FOUND') },
  listApprovals: { domain: 'D', gate: '–', own: '200', carries: () => ({ query: 'for=me' }) },
  getExecution: { domain: 'D', gate: '–', own: '200', ...nowhere('404 EXECUTION_NOT_FOUND') },
  getExecutionValue: {
    domain: 'D',
    gate: '–',
    own: '200',
    ...nowhere('404 EXECUTION_NOT_FOUND'),
    carries: () => ({ query: 'of=input' }),
  },
  listExecutionChildren: { domain: 'D', gate: '–', own: '200', ...nowhere('404 EXECUTION_NOT_FOUND') },
  cancelExecution: { domain: 'D', gate: '–', own: '202', ...ACT, fresh: 'run' },
  retryExecution: { domain: 'D', gate: '–', own: '201', ...ACT },
  signalExecution: {
    domain: 'D',
    gate: '–',
    own: '202',
    ...ACT,
    fresh: 'run',
    carries: () => ({ body: { approved: true } }),
  },
  streamWorkspace: { domain: 'D', gate: '–', own: '200' },
  streamExecution: { domain: 'D', gate: '–', own: '200', ...owned('403 FORBIDDEN') },
};
