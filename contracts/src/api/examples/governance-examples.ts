import type { OperationExamples } from './operation-examples.js';
import { AT, RUN } from './operation-examples.js';

const STARTED = {
  eventId: '5b8e2d10-4c7f-4f39-9a06-c3d1e7f28b54',
  eventType: 'flow.execution_started',
  category: 'flows',
  outcome: 'accepted',
  tenantId: 'T',
  workspaceId: 'W',
  actorId: 'alice',
  flowId: 'F',
  flowVersion: '1',
  executionId: RUN.executionId,
  triggerType: 'manual',
  correlationId: 'c0ffee00-1111-4222-8333-444455556666',
  occurredAt: AT,
};
const DENIED = {
  ...STARTED,
  eventId: 'f3a91c68-0d2b-4b75-8e4a-96d7c5b01e23',
  eventType: 'command.denied',
  outcome: 'denied',
  commandType: 'execution.signal',
  reason: { status: 403, code: 'NOT_AN_APPROVER' },
  flowVersion: null,
  triggerType: null,
};

/** flows-api 12 and 13. */
export const GOVERNANCE_EXAMPLES = {
  listAudit: { answers: { 200: { page: { items: [DENIED, STARTED], nextPageToken: null } } } },
  listQuotas: {
    answers: {
      200: {
        quotas: {
          items: [
            { dimension: 'max_flows', scope: 'tenant', limit: 50, usage: 3 },
            { dimension: 'max_flow_versions', scope: 'flow', limit: 20, usage: null },
            { dimension: 'max_concurrent_executions', scope: 'workspace', limit: 10, usage: 1 },
            { dimension: 'flow_starts_per_minute', scope: 'workspace', limit: 60, usage: 4 },
            { dimension: 'flow_signal_rate_per_minute', scope: 'workspace', limit: 120, usage: 0 },
          ],
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, OperationExamples>>;
