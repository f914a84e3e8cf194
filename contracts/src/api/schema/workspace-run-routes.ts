import { Type } from '@sinclair/typebox';
import { LABEL_KEY_PATTERN, MAX_LABELS } from '../../flow/labels.js';
import { ExecutionPage } from './execution-shapes.js';
import type { RouteSchema } from './route-schema.js';
import {
  closed,
  Id,
  NodeStatusName,
  nullable,
  oneOf,
  PAGE,
  pageOf,
  RunStatus,
  Timestamp,
  TriggerType,
} from './shapes.js';

const Causes = closed(
  {
    correlationId: nullable(Type.String()),
    trigger: closed(
      {
        type: TriggerType,
        retriedFrom: nullable(Id),
        triggerId: Type.Optional(Id),
        deliveryId: Type.Optional(Id),
        topic: Type.Optional(Type.String()),
        partition: Type.Optional(Type.Integer()),
        offset: Type.Optional(Type.Integer()),
        scheduledAt: Type.Optional(Timestamp),
      },
      { $id: 'CauseTrigger' },
    ),
    command: nullable(
      closed(
        { commandId: Id, type: Type.String(), actorId: Type.String(), submittedAt: Timestamp },
        { $id: 'CauseCommand' },
      ),
    ),
    event: nullable(closed({ eventId: Id, type: Type.String(), occurredAt: Timestamp }, { $id: 'CauseEvent' })),
    run: closed(
      {
        executionId: Id,
        flowId: Id,
        version: Type.String(),
        status: RunStatus,
        createdAt: Timestamp,
        startedAt: nullable(Timestamp),
        closedAt: nullable(Timestamp),
      },
      { $id: 'CauseRun' },
    ),
    activities: Type.Array(
      closed(
        {
          nodeId: Id,
          taskType: Type.String(),
          status: NodeStatusName,
          reused: Type.Boolean(),
          attempts: Type.Integer({
            minimum: 0,
            description: '0: none has begun, or it was taken over from the run before.',
          }),
          startedAt: nullable(Timestamp),
          completedAt: nullable(Timestamp),
        },
        { $id: 'CausedActivity' },
      ),
    ),
    approvals: Type.Array(
      closed(
        {
          nodeId: Id,
          approved: Type.Boolean(),
          timedOut: Type.Boolean(),
          actor: Type.Optional(Type.String({ description: 'Who decided; absent: nobody did in time.' })),
          onBehalfOf: Type.Optional(Type.String()),
          comment: Type.Optional(Type.String()),
          decidedAt: nullable(Timestamp),
        },
        { $id: 'CausedApproval' },
      ),
      { description: 'What was decided.' },
    ),
    published: Type.Array(
      closed({ nodeId: Id, topic: Type.String(), messages: Type.Integer({ minimum: 0 }) }, { $id: 'PublishedEvents' }),
    ),
  },
  { $id: 'Causes' },
);

const Approval = closed(
  {
    executionId: Id,
    flowId: Id,
    version: Type.String({ pattern: '^[1-9][0-9]*$' }),
    nodeId: Id,
    name: nullable(Type.String({ description: 'Of the node.' })),
    since: Timestamp,
    expiresAt: nullable(Timestamp),
    approvers: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'As the version has them; an empty list restricts nobody. Only for callers that may read the definition.',
      }),
    ),
    message: nullable(Type.String({ description: 'As it was when the approval opened.' })),
  },
  { $id: 'Approval' },
);

/** Runs over all flows of a workspace (flows-api 6.10). */
export const WORKSPACE_RUN_ROUTE_SCHEMAS = {
  listWorkspaceExecutions: {
    summary: 'The runs of all flows of the workspace, newest first',
    description:
      'Filters are joined by and; `label` may be given several times. Runs of sub-flows are not listed, those of deleted flows are until their retention ends.',
    query: Type.Object({
      status: Type.Optional(Type.Union([RunStatus, Type.Literal('Cancelled')])),
      flowId: Type.Optional(Type.String({ format: 'flows-flow-id' })),
      version: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999 })),
      triggerType: Type.Optional(TriggerType),
      from: Type.Optional(Type.String({ format: 'date-time', description: 'Asked for then or later (`createdAt`).' })),
      to: Type.Optional(Type.String({ format: 'date-time', description: 'Asked for then or before (`createdAt`).' })),
      failedNode: Type.Optional(Type.String({ description: 'Id of the node at which the run failed.' })),
      text: Type.Optional(
        Type.String({
          ...{ minLength: 1, maxLength: 256 },
          description: 'Part of the run’s id, of its failure or of a label, in upper or lower case.',
        }),
      ),
      label: Type.Optional(
        Type.Array(Type.String({ pattern: `${LABEL_KEY_PATTERN.slice(0, -1)}:`, description: '`<name>:<text>`.' }), {
          maxItems: MAX_LABELS,
        }),
      ),
      ...PAGE,
    }),
    answers: { 200: { description: 'A page of runs.', body: ExecutionPage } },
    refusals: ['INVALID_QUERY'],
  },
  getCauses: {
    summary: 'What made a run begin, and what it did in turn',
    description:
      'From the trigger over command and event to the run, its tasks, and the events that these have published: all under one correlation id. Command and event are null of runs from before they were kept.',
    answers: { 200: { description: 'The chain.', body: Causes } },
    refusals: ['EXECUTION_NOT_FOUND'],
  },
  listApprovals: {
    summary: 'Approvals that wait, newest first',
    description:
      'Of open runs. With `for=me` those that a signal of the caller would decide. One that was just decided may be there for a moment.',
    query: Type.Object({
      for: Type.Optional(oneOf(['me', 'all'], { $id: 'ApprovalsFor' })),
      ...PAGE,
    }),
    answers: { 200: { description: 'A page of approvals.', body: pageOf(Approval) } },
    refusals: ['INVALID_QUERY'],
  },
} as const satisfies Record<string, RouteSchema>;
