import { Type } from '@sinclair/typebox';
import { ProblemShape } from './problem-shape.js';
import type { RouteSchema } from './route-schema.js';
import { closed, Id, JsonObjectShape, nullable, oneOf, Timestamp } from './shapes.js';

/** Body of 202: the command stands, or may stand, in the log and is not decided yet (flows-api 3.2). */
export const PendingCommand = closed(
  {
    commandId: Id,
    status: Type.Literal('pending'),
    executionId: Type.Optional(Id),
    uncertain: Type.Optional(
      Type.Literal(true, {
        description:
          'The log has not said whether it has the command. `location` is 404 for good where it has not; sent again under the same Idempotency-Key it has one effect.',
      }),
    ),
  },
  { $id: 'PendingCommand' },
);

/** A command and what became of it (flows-api 3.3). */
export const CommandShape = closed(
  {
    commandId: Id,
    type: Type.String({ pattern: '^[a-z]+[.][a-z_]+$' }),
    status: oneOf(['pending', 'accepted', 'rejected'], { $id: 'CommandStatus' }),
    submittedAt: Timestamp,
    decidedAt: nullable(Timestamp),
    position: nullable(Type.String({ maxLength: 512 })),
    httpStatus: nullable(Type.Integer()),
    result: nullable(JsonObjectShape),
    error: nullable(ProblemShape),
  },
  { $id: 'Command' },
);

/** Outcomes of commands (flows-api 3.3). */
export const COMMAND_ROUTE_SCHEMAS = {
  getCommand: {
    summary: 'The outcome of a command',
    description: 'Kept for 24 hours. `location` of a 202 leads here.',
    answers: {
      200: {
        description: 'The command; `result` and `error` are what the synchronous answer would have held.',
        body: CommandShape,
      },
    },
    refusals: ['COMMAND_NOT_FOUND', 'LOG_UNAVAILABLE'],
  },
} as const satisfies Record<string, RouteSchema>;
