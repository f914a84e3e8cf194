import { Type } from '@sinclair/typebox';
import type { RouteSchema } from './route-schema.js';
import { closed, Id, listOf, nullable, oneOf, PAGE, pageOf, Timestamp, TriggerType } from './shapes.js';

const Outcome = oneOf(['accepted', 'denied'], { $id: 'AuditOutcome' });

const AuditRecord = closed(
  {
    eventId: Id,
    eventType: Type.String(),
    category: Type.Literal('flows'),
    outcome: Outcome,
    tenantId: Id,
    workspaceId: nullable(Id),
    actorId: Type.String(),
    flowId: nullable(Type.String()),
    flowVersion: nullable(Type.String()),
    executionId: nullable(Type.String()),
    triggerType: nullable(TriggerType),
    onBehalfOf: Type.Optional(Type.String()),
    comment: Type.Optional(Type.String({ description: 'What was said with a decision.' })),
    connectionName: Type.Optional(Type.String({ description: 'Of a change to a connection.' })),
    correlationId: Type.String(),
    occurredAt: Timestamp,
    commandType: Type.Optional(nullable(Type.String())),
    reason: Type.Optional(closed({ status: Type.Integer(), code: Type.String() }, { $id: 'AuditReason' })),
    count: Type.Optional(Type.Integer({ description: 'How many refusals this entry stands for.' })),
  },
  { $id: 'AuditRecord' },
);

const Quota = closed(
  {
    dimension: oneOf(
      [
        'max_flows',
        'max_flow_versions',
        'max_concurrent_executions',
        'flow_starts_per_minute',
        'flow_signal_rate_per_minute',
      ],
      { $id: 'QuotaDimension' },
    ),
    scope: oneOf(['tenant', 'flow', 'workspace'], { $id: 'QuotaScope' }),
    limit: Type.Integer({ minimum: -1, description: '-1: unlimited.' }),
    usage: nullable(Type.Integer({ minimum: 0 })),
  },
  { $id: 'Quota' },
);

/** Audit and quotas (flows-api 12, 13). */
export const GOVERNANCE_ROUTE_SCHEMAS = {
  listAudit: {
    summary: 'Who did what, and what was denied; newest first',
    description: 'Denied commands beyond 60 a minute are one entry with `count`.',
    query: Type.Object({
      from: Type.Optional(Timestamp),
      to: Type.Optional(Timestamp),
      eventType: Type.Optional(Type.String()),
      actorId: Type.Optional(Type.String()),
      flowId: Type.Optional(Type.String()),
      executionId: Type.Optional(Type.String()),
      outcome: Type.Optional(Outcome),
      ...PAGE,
    }),
    answers: { 200: { description: 'A page of the audit.', body: pageOf(AuditRecord) } },
    refusals: ['INVALID_QUERY'],
  },
  listQuotas: {
    summary: 'Limits and usage',
    description: '`max_flow_versions` is counted for each flow, so its `usage` is null here.',
    answers: { 200: { description: 'The five dimensions.', body: listOf(Quota) } },
    refusals: [],
  },
} as const satisfies Record<string, RouteSchema>;
