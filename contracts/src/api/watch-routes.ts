/** Rows of `ROUTES`, which checks their form: what shows runs, and the runs of their sub-flows, as they go on. */
export const WATCH_ROUTES = {
  listExecutionChildren: {
    method: 'GET',
    path: '/flows/:flowId/executions/:executionId/children',
    domain: 'data_access',
    gate: 'no',
    command: false,
    service: 'projection-service',
  },
  streamWorkspace: {
    method: 'GET',
    path: '/executions/events',
    domain: 'data_access',
    gate: 'no',
    command: false,
    service: 'monitor-service',
  },
  streamExecution: {
    method: 'GET',
    path: '/executions/:executionId/events',
    domain: 'data_access',
    gate: 'no',
    command: false,
    service: 'monitor-service',
  },
} as const;
