import type { OperationExamples } from './operation-examples.js';
import { AT, COMMAND_ID, RUN, RUN_ID } from './operation-examples.js';

const STARTED = { ...RUN, runId: RUN_ID, version: 1, status: 'Running' };
const ENDED = '2026-01-01T00:00:04.120Z';
const ITEM = {
  ...RUN,
  runId: RUN_ID,
  flowId: 'F',
  version: '1',
  status: 'Running',
  triggerType: 'manual',
  createdAt: AT,
  startedAt: AT,
  closedAt: null,
  labels: { team: 'billing' },
};
const MESSAGE = 'The function answered 500.';
const FAILED = {
  ...ITEM,
  status: 'Failed',
  closedAt: ENDED,
  retriedFrom: null,
  input: { orderId: 'o-1', skus: ['a', 'b'], limit: 1000 },
  result: null,
  failure: { nodeId: 'charge', code: 'FUNCTION_ERROR', message: MESSAGE },
  events: [{ nodeId: 'charge', eventId: '12', type: 'ActivityScheduled' }],
  nodes: [
    {
      nodeId: 'charge',
      status: 'failed',
      reused: false,
      input: { actionId: 'charge', params: { order: 'o-1', total: 1200 } },
      output: null,
      error: { message: MESSAGE },
      attempts: [
        { status: 'failed', attemptNumber: 1, startedAt: AT, completedAt: ENDED, error: { message: MESSAGE } },
      ],
    },
  ],
};
const SUB_FLOW_NODE = {
  path: ['enrich'],
  flowId: 'customer-data',
  version: '3',
  nodeId: 'fetch',
  status: 'completed',
  reused: false,
  input: { url: 'https://crm.example/customers/7' },
  output: { status: 'success', httpStatus: 200, body: '{}', headers: {} },
  error: null,
  attempts: [{ status: 'completed', attemptNumber: 1, startedAt: AT, completedAt: ENDED }],
};
const RUN_STATUS = {
  type: 'run-status',
  id: '12',
  executionId: RUN.executionId,
  flowId: 'F',
  version: '1',
  kind: 'closed',
  status: 'Failed',
  failure: { nodeId: 'charge', code: 'FUNCTION_ERROR' },
  at: ENDED,
};
const NODE_STATUS = {
  type: 'node-status',
  id: '7',
  nodeId: 'charge',
  status: 'started',
  attemptNumber: 1,
  startedAt: AT,
  completedAt: null,
};

/** flows-api 6, 7, 9.3 and 3.3; inputs are those of flow-language 13. */
export const EXECUTION_EXAMPLES = {
  startExecution: {
    body: {
      latest: { input: { orderId: 'o-1', skus: ['a', 'b'] } },
      version: { version: 1, input: { orderId: 'o-1' } },
      labelled: { input: { orderId: 'o-1' }, labels: { team: 'billing', order: 'o-1' } },
      empty: {},
    },
    answers: {
      201: {
        started: STARTED,
        warned: {
          ...STARTED,
          warnings: [
            {
              code: 'FLW-W003',
              nodeId: null,
              path: '/inputs',
              message: '/inputs is unknown and was ignored',
              hint: 'Did you mean "input"?',
            },
          ],
        },
      },
    },
  },
  listExecutions: { answers: { 200: { page: { items: [ITEM], nextPageToken: null } } } },
  listWorkspaceExecutions: { answers: { 200: { page: { items: [ITEM], nextPageToken: null } } } },
  getCauses: {
    answers: {
      200: {
        webhook: {
          correlationId: 'c0ffee00-1111-4222-8333-444455556666',
          trigger: { type: 'webhook', retriedFrom: null, triggerId: 'F:webhook:orders', deliveryId: 'd-1' },
          command: {
            commandId: COMMAND_ID,
            type: 'execution.start',
            actorId: 'webhook:F:webhook:orders',
            submittedAt: AT,
          },
          event: { eventId: '5b8e2d10-4c7f-4f39-9a06-c3d1e7f28b54', type: 'ExecutionRequested', occurredAt: AT },
          run: {
            ...{ executionId: RUN.executionId, flowId: 'F', version: '1', status: 'Completed' },
            ...{ createdAt: AT, startedAt: AT, closedAt: ENDED },
          },
          activities: [
            {
              ...{ nodeId: 'announce', taskType: 'events.publish', status: 'completed', reused: false },
              ...{ attempts: 1, startedAt: AT, completedAt: ENDED },
            },
          ],
          approvals: [
            { nodeId: 'review', approved: true, timedOut: false, actor: 'alice', comment: 'Checked', decidedAt: ENDED },
          ],
          published: [{ nodeId: 'announce', topic: 'order.charged', messages: 1 }],
        },
      },
    },
  },
  listApprovals: {
    answers: {
      200: {
        page: {
          items: [
            {
              executionId: RUN.executionId,
              flowId: 'F',
              version: '1',
              nodeId: 'review',
              name: null,
              since: AT,
              expiresAt: '2026-01-03T00:00:00.000Z',
              approvers: ['role:finance_approver', 'user:u-117'],
              message: 'Order o-1 costs 1200: deliver it?',
            },
          ],
          nextPageToken: null,
        },
      },
    },
  },
  getExecution: { answers: { 200: { failed: FAILED } } },
  listExecutionChildren: {
    answers: { 200: { page: { items: [SUB_FLOW_NODE], nextPageToken: null } } },
  },
  getExecutionValue: { answers: { 200: { output: { rows: [{ sku: 'A1', amount: 2 }] } } } },
  cancelExecution: { answers: { 202: { cancelling: { ...RUN, status: 'Cancelling' } } } },
  retryExecution: {
    body: { failed: { from: 'failed' }, start: { from: 'start' }, node: { from: { nodeId: 'charge' } } },
    answers: {
      201: {
        retried: {
          executionId: 'T:W:F:a90d3c71-2f6e-4d58-b1c4-7e05f9832b16',
          workflowId: 'T:W:F:a90d3c71-2f6e-4d58-b1c4-7e05f9832b16',
          runId: 'a90d3c71-2f6e-4d58-b1c4-7e05f9832b16',
          version: 1,
          status: 'Running',
          retriedFrom: RUN.executionId,
        },
      },
    },
  },
  signalExecution: {
    body: { approved: { approved: true }, rejected: { approved: false, actor: 'carol', comment: 'Over the budget' } },
    answers: { 202: { delivered: { ...RUN, signal: 'review', delivered: true } } },
  },
  streamWorkspace: {
    answers: { 200: { closed: { event: 'run-status', id: '12', data: JSON.stringify(RUN_STATUS) } } },
  },
  streamExecution: {
    answers: {
      200: {
        'node-status': { event: 'node-status', id: '7', data: JSON.stringify(NODE_STATUS) },
        'stream-end': { event: 'stream-end', data: '{"type":"stream-end","status":"Completed"}' },
      },
    },
  },
  getCommand: {
    answers: {
      200: {
        accepted: {
          commandId: COMMAND_ID,
          type: 'execution.start',
          status: 'accepted',
          submittedAt: AT,
          decidedAt: '2026-01-01T00:00:00.012Z',
          position: 'b3A6MTI',
          httpStatus: 201,
          result: { ...STARTED, status: 'Pending' },
          error: null,
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, OperationExamples>>;
