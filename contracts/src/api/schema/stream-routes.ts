import { Type } from '@sinclair/typebox';
import type { RouteSchema } from './route-schema.js';
import { closed, Id, NodeError, NodeStatusName, nullable, oneOf, open, RunStatus, Timestamp } from './shapes.js';

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

/** One event of the stream: documents have no other place for what repeats within a body. */
const StreamEvent = open(
  {
    event: oneOf(['node-status', 'log-line', 'stream-end', 'error'], { $id: 'StreamEventName' }),
    id: Type.Optional(FrameId),
    data: Type.String({ contentMediaType: 'application/json', contentSchema: StreamFrameShape }),
  },
  { $id: 'StreamEvent' },
);

/** The event stream of a run (flows-api 9). */
export const STREAM_ROUTE_SCHEMAS = {
  streamExecution: {
    summary: 'The run’s events as they happen (server-sent events)',
    description:
      'Frames `node-status`, `log-line`, `stream-end`, `error`; `data` is one `StreamFrame` as JSON. The schema is that of one event.',
    query: Type.Object({
      lastEventId: Type.Optional(Type.String({ description: 'As `Last-Event-ID`, which wins.' })),
      apikey: Type.Optional(Type.String({ format: 'flows-api-key', description: 'An API key, for browsers.' })),
    }),
    headers: Type.Object({
      'last-event-id': Type.Optional(Type.String({ description: 'Only frames behind this id are sent.' })),
    }),
    answers: {
      200: {
        description: 'The stream, which ends with the run.',
        body: StreamEvent,
        contentType: 'text/event-stream',
      },
      204: { description: 'The run is over, and nothing comes behind the id that was named.' },
    },
    refusals: ['EXECUTION_NOT_FOUND', 'FLOW_MONITORING_DISABLED'],
  },
} as const satisfies Record<string, RouteSchema>;
