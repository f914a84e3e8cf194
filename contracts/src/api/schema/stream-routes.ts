import { Type } from '@sinclair/typebox';
import type { RouteSchema } from './route-schema.js';
import {
  closed,
  Id,
  NodeError,
  NodeStatusName,
  nullable,
  oneOf,
  open,
  RunStatus,
  Timestamp,
  TriggerType,
} from './shapes.js';

const FrameId = Type.String({ pattern: '^[0-9]+$' });

/** Frames of the event stream (flows-api 9.3), as their `data` lines hold them. */
export const StreamFrameShape = Type.Union(
  [
    closed(
      {
        type: Type.Literal('node-status'),
        id: FrameId,
        nodeId: Id,
        status: NodeStatusName,
        attemptNumber: Type.Integer({ minimum: 1 }),
        startedAt: nullable(Timestamp),
        completedAt: nullable(Timestamp),
        nextAttemptAt: Type.Optional(Timestamp),
        reused: Type.Optional(Type.Literal(true)),
        error: Type.Optional(NodeError),
      },
      { $id: 'NodeStatusFrame' },
    ),
    closed(
      {
        type: Type.Literal('log-line'),
        id: FrameId,
        nodeId: Id,
        level: oneOf(['info', 'warn', 'error'], { $id: 'LogLevel' }),
        message: Type.String(),
        timestamp: Timestamp,
      },
      { $id: 'LogLineFrame' },
    ),
    closed({ type: Type.Literal('stream-end'), status: RunStatus }, { $id: 'StreamEndFrame' }),
    closed(
      { type: Type.Literal('error'), code: Type.Literal('FLOW_MONITORING_STREAM_ERROR') },
      { $id: 'StreamErrorFrame' },
    ),
  ],
  { $id: 'StreamFrame' },
);

/** Frames of the stream of a workspace (flows-api 9.6). */
export const RunStatusFrameShape = closed(
  {
    type: Type.Literal('run-status'),
    id: FrameId,
    kind: oneOf(['requested', 'started', 'cancelling', 'closed'], { $id: 'RunStatusKind' }),
    executionId: Id,
    flowId: Id,
    version: Type.String({ pattern: '^[1-9][0-9]*$' }),
    status: RunStatus,
    triggerType: Type.Optional(TriggerType),
    retriedFrom: Type.Optional(nullable(Id)),
    failure: Type.Optional(
      nullable(closed({ nodeId: nullable(Id), code: Type.String() }, { $id: 'RunStatusFailure' })),
    ),
    at: Timestamp,
  },
  { $id: 'RunStatusFrame' },
);

/** One event of the stream: documents have no other place for what repeats within a body. */
const StreamEvent = open(
  {
    event: oneOf(['node-status', 'log-line', 'stream-end', 'error'], { $id: 'StreamEventName' }),
    id: Type.Optional(FrameId),
    data: Type.String({ contentMediaType: 'application/json', contentSchema: StreamFrameShape }),
  },
  { $id: 'StreamEvent' },
);

const WorkspaceStreamEvent = open(
  {
    event: Type.Literal('run-status'),
    id: FrameId,
    data: Type.String({ contentMediaType: 'application/json', contentSchema: RunStatusFrameShape }),
  },
  { $id: 'WorkspaceStreamEvent' },
);

const RESUMED = {
  query: Type.Object({
    lastEventId: Type.Optional(Type.String({ description: 'As `Last-Event-ID`, which wins.' })),
    apikey: Type.Optional(Type.String({ format: 'flows-api-key', description: 'An API key, for browsers.' })),
  }),
  headers: Type.Object({
    'last-event-id': Type.Optional(Type.String({ description: 'Only frames behind this id are sent.' })),
  }),
} as const;

/** The event streams of a run and of a workspace (flows-api 9). */
export const STREAM_ROUTE_SCHEMAS = {
  streamWorkspace: {
    summary: 'How all runs of the workspace go on, as it happens (server-sent events)',
    description:
      'Frames `run-status`, whose `data` is one `RunStatusFrame` as JSON; the schema is that of one event. Without an id it begins now: open it first, then read the list. It has no end. 410 where what comes behind the id is not kept any more.',
    ...RESUMED,
    answers: {
      200: { description: 'The stream.', body: WorkspaceStreamEvent, contentType: 'text/event-stream' },
    },
    refusals: ['EVENTS_GONE', 'FLOW_MONITORING_DISABLED', 'LOG_UNAVAILABLE'],
  },
  streamExecution: {
    summary: 'The run’s events as they happen (server-sent events)',
    description:
      'Frames `node-status`, `log-line`, `stream-end`, `error`; `data` is one `StreamFrame` as JSON. The schema is that of one event.',
    ...RESUMED,
    answers: {
      200: {
        description: 'The stream, which ends with the run.',
        body: StreamEvent,
        contentType: 'text/event-stream',
      },
      204: { description: 'The run is over, and nothing comes behind the id that was named.' },
    },
    refusals: ['EXECUTION_NOT_FOUND', 'FLOW_MONITORING_DISABLED', 'LOG_UNAVAILABLE'],
  },
} as const satisfies Record<string, RouteSchema>;
