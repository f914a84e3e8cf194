import type { OperationExamples } from './operation-examples.js';

/** flows-api 2.4. */
export const CALLER_EXAMPLES = {
  getMe: {
    answers: {
      200: {
        viewer: {
          tenantId: 'T',
          actorId: 'alice',
          credential: 'jwt',
          roles: ['viewer'],
          scopes: [],
          privilegeDomain: 'data_access',
          workspaceId: null,
          operator: false,
          workspaces: [{ workspaceId: 'W', operations: ['startExecution', 'listExecutions', 'getExecution'] }],
          templates: { operations: [] },
          nextPageToken: null,
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, OperationExamples>>;
