import { NO_FLOW, NO_VERSION, nowhere, type Row } from '../row.js';

/** Routes 1 to 10 of flows-api 4: flows and versions. */
export const FLOW_ROWS: Readonly<Record<string, Row>> = {
  listTaskTypes: { domain: 'A', gate: '–', own: '200' },
  listFlows: { domain: 'A', gate: '–', own: '200' },
  // The id is in the body. Ids are unique within a workspace, so one that is taken elsewhere is free here.
  createFlow: {
    domain: 'A',
    gate: 'yes',
    own: '409 FLOW_EXISTS',
    foreign: '201',
    malformed: '400 INVALID_FLOW_ID',
    fresh: 'foreign flow',
    carries: ({ flowId }) => ({ body: { name: 'mine', flowId } }),
  },
  getFlow: { domain: 'A', gate: '–', own: '200', ...nowhere(NO_FLOW) },
  updateFlow: {
    domain: 'A',
    gate: 'yes',
    own: '200',
    ...nowhere(NO_FLOW),
    carries: () => ({ body: { name: 'renamed' } }),
  },
  deleteFlow: { domain: 'A', gate: 'yes', own: '200', ...nowhere(NO_FLOW), fresh: 'flow' },
  validateFlow: { domain: 'A', gate: '–', own: '200', ...nowhere(NO_FLOW) },
  validateDocument: {
    domain: 'A',
    gate: '–',
    own: '200',
    carries: () => ({
      body: { definition: { apiVersion: 'v1.0', name: 'v', nodes: [{ id: 'w', type: 'wait', duration: 'PT0S' }] } },
    }),
  },
  publishFlow: { domain: 'A', gate: 'yes', own: '201', ...nowhere(NO_FLOW) },
  listVersions: { domain: 'A', gate: '–', own: '200', ...nowhere(NO_FLOW) },
  archiveVersion: { domain: 'A', gate: 'yes', own: '200', ...nowhere(NO_VERSION), fresh: 'earlier version' },
  getVersion: { domain: 'A', gate: '–', own: '200', ...nowhere(NO_VERSION) },
};
