import type { OperationExamples } from './operation-examples.js';
import { AT } from './operation-examples.js';

/** flow-language 14. */
const YAML = `apiVersion: v1.0
name: nightly
inputs: { region: { type: string, default: eu } }
nodes:
  - { id: work, type: sequence, steps: [load, check] }
  - { id: load, type: task, taskType: db.query, input: { engine: postgres, operation: list, tableName: orders, filter: { region: "\${{ region }}" } } }
  - { id: check, type: branch, arms: [ { when: "size(load.result.items) == 0", next: pause } ], default: done }
  - { id: pause, type: wait, duration: PT30S, next: done }
  - { id: done, type: task, taskType: events.publish, input: { topic: nightly.done, messages: [ { value: "\${{ load.result }}" } ] } }
`;
const rows = { engine: 'postgres', operation: 'list', tableName: 'orders', filter: { region: '${{ region }}' } };
const message = { topic: 'nightly.done', messages: [{ value: '${{ load.result }}' }] };
const DEFINITION = {
  apiVersion: 'v1.0',
  name: 'nightly',
  inputs: { region: { type: 'string', default: 'eu' } },
  nodes: [
    { id: 'work', type: 'sequence', steps: ['load', 'check'] },
    { id: 'load', type: 'task', taskType: 'db.query', input: rows },
    { id: 'check', type: 'branch', arms: [{ when: 'size(load.result.items) == 0', next: 'pause' }], default: 'done' },
    { id: 'pause', type: 'wait', duration: 'PT30S', next: 'done' },
    { id: 'done', type: 'task', taskType: 'events.publish', input: message },
  ],
};

const FLOW = {
  flowId: 'F',
  name: 'nightly',
  status: 'draft',
  dslApiVersion: 'v1.0',
  definitionYaml: null,
  definition: DEFINITION,
  latestVersion: null,
  revision: 1,
  createdBy: 'alice',
  createdAt: AT,
  updatedAt: AT,
};
const PUBLISHED_FLOW = { ...FLOW, latestVersion: 1, revision: 2 };
const VERSION = { flowId: 'F', version: 1, dslApiVersion: 'v1.0', createdBy: 'alice', createdAt: AT };
const PUBLISHED = {
  flowId: 'F',
  version: 1,
  createdAt: AT,
  triggers: {
    cron: ['T:W:F'],
    webhooks: [
      { triggerId: 'F:webhook:orders', secret: 'b7e4c1d09f5a3826e1b04d7c9a2f6835d0e7b19c4a8f2d6350c1e9b7a4f8d263' },
    ],
    events: [{ triggerId: 'F:platform-event:order.created', topicRef: 'evt.W.order.created' }],
  },
};

/** flows-api 5. */
export const FLOW_EXAMPLES = {
  listTaskTypes: {
    answers: {
      200: {
        catalogue: {
          items: [
            {
              id: 'http.request',
              label: 'HTTP Request',
              category: 'integration',
              description: 'Sends an HTTP request and returns its answer.',
              inputSchema: {
                type: 'object',
                required: ['url'],
                properties: { url: { type: 'string', 'x-expression': true } },
              },
              outputSchema: {
                type: 'object',
                required: ['status', 'httpStatus'],
                properties: { status: { const: 'success' }, httpStatus: { type: 'integer' } },
              },
              examples: [{ title: 'Read an item', input: { url: 'https://api.example.com/v1/items/1' } }],
              available: true,
            },
          ],
        },
      },
    },
  },
  listFlows: {
    answers: {
      200: {
        all: { items: [PUBLISHED_FLOW] },
        page: { items: [PUBLISHED_FLOW], pageInfo: { size: 50, nextCursor: null } },
      },
    },
  },
  createFlow: {
    body: {
      json: { name: 'nightly', flowId: 'F', definition: DEFINITION },
      yaml: { name: 'nightly', flowId: 'F', definitionYaml: YAML },
      empty: { name: 'order-fulfilment' },
    },
    answers: { 201: { json: FLOW, yaml: { ...FLOW, definitionYaml: YAML } } },
  },
  getFlow: { answers: { 200: { published: PUBLISHED_FLOW, draft: FLOW } } },
  updateFlow: {
    body: { renamed: { name: 'nightly-eu', expectedVersion: 1 }, draft: { definition: DEFINITION } },
    answers: { 200: { renamed: { ...FLOW, name: 'nightly-eu', revision: 2 } } },
  },
  deleteFlow: { answers: { 200: { removed: { removed: true } } } },
  archiveVersion: { answers: { 200: { removed: { removed: true } } } },
  validateDocument: {
    body: { json: { definition: DEFINITION } },
    answers: { 200: { valid: { valid: true } } },
  },
  validateFlow: {
    answers: {
      200: {
        valid: { valid: true },
        warned: {
          valid: true,
          warnings: [
            {
              code: 'FLW-W002',
              nodeId: 'load',
              path: '/nodes/1/input/fliter',
              message: '/nodes/1/input/fliter is unknown to db.query',
              hint: 'Did you mean "filter"?',
            },
          ],
        },
      },
    },
  },
  publishFlow: {
    body: { draft: {}, checked: { expectedVersion: 1 } },
    answers: { 201: { published: PUBLISHED } },
  },
  listVersions: { answers: { 200: { versions: { items: [VERSION] } } } },
  getVersion: { answers: { 200: { version: { ...VERSION, definitionYaml: YAML, definition: DEFINITION } } } },
} as const satisfies Readonly<Record<string, OperationExamples>>;
