import type { OperationExamples } from './operation-examples.js';
import { AT, COMMAND_ID } from './operation-examples.js';

const KEY_ID = 'e51f7c20-9b4d-4e83-a6f2-0d7c18b35a94';
const LIMITS = { max_flow_versions: 20, max_concurrent_executions: 10, flow_starts_per_minute: 60 };
const inForce = (limit: number, grace = 0) => ({ limit, grace });

const TEARDOWN = {
  domain_key: 'workflows',
  status: 'applied',
  resource_results: [
    {
      resource_type: 'executions',
      resource_name: 'tenantId=T',
      resource_id: 'T',
      action: 'removed',
      message: '2 execution(s) terminated',
      warnings: [],
      diff: null,
    },
  ],
  counts: { removed: 2, skipped: 0, errors: 0 },
  message: null,
};
const [TERMINATED] = TEARDOWN.resource_results;

/** flows-api 4, 12, 14 and, of what needs no credential, 1.2 and 15. */
export const OPERATOR_EXAMPLES = {
  assignWorkspace: {
    body: { owner: { tenantId: 'T' } },
    answers: { 200: { owner: { workspaceId: 'W', tenantId: 'T' } } },
  },
  createApiKey: {
    body: { service: { type: 'service' }, anon: { type: 'anon' } },
    answers: {
      201: { service: { keyId: KEY_ID, type: 'service', key: 'flc_service_EXAMPLE-shown-this-once' } },
    },
  },
  listApiKeys: {
    answers: { 200: { keys: { items: [{ keyId: KEY_ID, type: 'service', createdAt: AT, lastUsedAt: null }] } } },
  },
  removeApiKey: { answers: { 200: { removed: { removed: true } } } },
  rewrapWebhookSecrets: {
    answers: { 200: { done: { keyId: 'k-2', rewrapped: 12, pending: 0, unreadable: 0 } } },
  },
  rewrapTenantKeys: {
    answers: {
      200: {
        done: { masterKeyId: '2026-11', tenants: 3, rewrapped: 3, reencrypted: 0, unreadable: 0, pending: 0 },
      },
    },
  },
  rotateTenantKey: {
    answers: { 200: { done: { tenantId: 'T', keyId: KEY_ID, reencrypted: 12, unreadable: 0 } } },
  },
  setTenantQuotas: {
    body: { limit: { max_flows: 100 }, soft: { max_flows: { limit: 50, grace: 5 } } },
    answers: {
      200: {
        limit: {
          max_flows: inForce(100),
          max_flow_versions: inForce(LIMITS.max_flow_versions),
          max_concurrent_executions: inForce(LIMITS.max_concurrent_executions),
          flow_starts_per_minute: inForce(LIMITS.flow_starts_per_minute),
          flow_signal_rate_per_minute: inForce(120),
        },
      },
    },
  },
  setLlmModels: {
    body: { some: { models: ['small', 'large'] }, any: { models: null } },
    answers: { 200: { some: { workspaceId: 'W', models: ['small', 'large'] } } },
  },
  getTenantCommand: {
    answers: {
      200: {
        pending: {
          commandId: COMMAND_ID,
          type: 'tenant.quotas',
          status: 'pending',
          submittedAt: AT,
          decidedAt: null,
          position: null,
          httpStatus: null,
          result: null,
          error: null,
        },
      },
    },
  },
  teardownTenant: {
    answers: {
      200: {
        applied: TEARDOWN,
        'dry-run': {
          ...TEARDOWN,
          status: 'would_apply',
          resource_results: [{ ...TERMINATED, action: 'would_remove' }],
        },
      },
      202: {
        running: {
          domain_key: 'workflows',
          status: 'running',
          message: 'The tenant is fenced and the teardown goes on; the same request waits for its report.',
        },
      },
    },
  },
  getHealth: { answers: { 200: { alive: { status: 'ok' } } } },
  getReadiness: {
    answers: { 200: { ready: { status: 'ok' } }, 503: { waiting: { status: 'unavailable', missing: ['log'] } } },
  },
  getMetrics: { answers: { 200: { metrics: 'flows_executions_started_total{trigger="manual"} 12\n' } } },
  listSchemas: {
    answers: {
      200: { schemas: { items: [{ fingerprint: 'c69759156fb1ad3c', kind: 'event', name: 'ExecutionRequested' }] } },
    },
  },
  getSchema: {
    answers: {
      200: {
        record: {
          type: 'record',
          name: 'ExecutionRequested',
          namespace: 'flowplane.events',
          fields: [{ name: 'executionId', type: 'string' }],
        },
      },
    },
  },
  getFlowSchema: {
    answers: { 200: { start: { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' } } },
  },
  getApiDocument: { answers: { 200: { start: { openapi: '3.1.0', info: { title: 'Flowplane', version: 'v1' } } } } },
} as const satisfies Readonly<Record<string, OperationExamples>>;
