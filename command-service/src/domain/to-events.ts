import { assertNever, eventId, idWithoutEffect, type Command, type Event, type EventMeta } from '@flowplane/contracts';
import type { Decision, EventBody } from './decision.js';

/** After these the same command may come again and get another decision. */
const WITHOUT_EFFECT: ReadonlySet<EventBody['type']> = new Set(['CommandAcknowledged', 'TriggerStartRefused']);

/**
 * The records a decision leaves in the log, all of one command in one batch.
 *
 * @param offset of the command in its partition
 * @param now time of the decision, epoch milliseconds
 */
export function toEvents(command: Command, offset: number, now: number, decision: Decision): readonly Event[] {
  const { meta } = command;
  const bodies = bodiesOf(decision);
  return bodies.map((body, index) => {
    const eventMeta: EventMeta = {
      eventId: WITHOUT_EFFECT.has(body.type)
        ? idWithoutEffect(meta.commandId, meta.attempt, offset)
        : eventId(meta.commandId, meta.attempt, index),
      tenantId: meta.tenantId,
      workspaceId: meta.workspaceId,
      commandId: meta.commandId,
      commandType: command.type,
      commandOffset: offset,
      attempt: meta.attempt,
      index,
      count: bodies.length,
      actorId: meta.actorId,
      correlationId: meta.correlationId,
      traceparent: meta.traceparent,
      submittedAt: meta.submittedAt,
      occurredAt: now,
      idempotency: meta.idempotency,
    };
    return { type: body.type, meta: eventMeta, data: body.data } as Event;
  });
}

function bodiesOf(decision: Decision): readonly EventBody[] {
  const first = bodyOf(decision);
  return decision.kind === 'accepted' && decision.followedBy !== undefined ? [first, decision.followedBy] : [first];
}

function bodyOf(decision: Decision): EventBody {
  switch (decision.kind) {
    case 'accepted':
      return decision.change;
    case 'acknowledged': {
      const { reason, originalCommandId, executionId } = decision;
      return { type: 'CommandAcknowledged', data: { reason, originalCommandId, executionId } };
    }
    case 'stale':
      return { type: 'CommandStale', data: { flowId: decision.flowId, revision: decision.revision } };
    case 'trigger-refused':
      return { type: 'TriggerStartRefused', data: decision.data };
    case 'rejected': {
      const { problem, flowId, executionId } = decision;
      return { type: 'CommandRejected', data: { problem, flowId, executionId } };
    }
    default:
      return assertNever(decision);
  }
}
