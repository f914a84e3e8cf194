import { parseExecutionId } from '../ids/index.js';
import type { Event, FlowVersionPublished } from '../log/messages.js';
import { problem, problemBody } from '../problems/index.js';

/** The recorded outcome of a command as a client gets it, synchronously or from the command resource. */
export type CommandOutcome =
  | { readonly status: 'rejected'; readonly httpStatus: number; readonly error: Record<string, unknown> }
  | { readonly status: 'accepted'; readonly httpStatus: number; readonly result: Record<string, unknown> }
  /** Accepted; the body is the flow resource as of this command, which only the read model can complete. */
  | { readonly status: 'accepted'; readonly httpStatus: number; readonly flowId: string }
  /** A repeat under an Idempotency-Key: the outcome is that of the named command. */
  | { readonly status: 'replay'; readonly originalCommandId: string }
  /** Nothing is decided yet: the shell sends the next attempt. */
  | { readonly status: 'stale' };

/**
 * Outcome of a command from the first event it caused.
 *
 * @param event the event with `index` 0 of the command
 */
export function commandOutcome(event: Event): CommandOutcome {
  switch (event.type) {
    case 'CommandRejected':
      return { status: 'rejected', httpStatus: event.data.problem.status, error: problemBody(event.data.problem) };
    case 'CommandStale':
      return { status: 'stale' };
    case 'CommandAcknowledged':
      return acknowledged(event.data.originalCommandId, event.data.executionId);
    case 'FlowCreated':
      return { status: 'accepted', httpStatus: 201, flowId: event.data.flowId };
    case 'FlowUpdated':
      return { status: 'accepted', httpStatus: 200, flowId: event.data.flowId };
    case 'FlowDeleted':
      return { status: 'accepted', httpStatus: 200, result: { removed: true } };
    case 'FlowVersionPublished':
      return published(event);
    case 'ExecutionRequested':
      return {
        status: 'accepted',
        httpStatus: 201,
        result: {
          ...executionRef(event.data.executionId),
          runId: parseExecutionId(event.data.executionId)?.runId ?? null,
          version: event.data.version,
          status: 'Pending',
          ...(event.data.retriedFrom === null ? {} : { retriedFrom: event.data.retriedFrom }),
        },
      };
    case 'ExecutionSignaled': {
      const { executionId, signalName } = event.data;
      const result = { ...executionRef(executionId), signal: signalName, delivered: true };
      return { status: 'accepted', httpStatus: 202, result };
    }
    case 'ExecutionCancelRequested':
    case 'ExecutionClosed':
    case 'ExecutionStarted':
      return { status: 'accepted', httpStatus: 202, result: cancelling(event.data.executionId) };
    default:
      return assertNever(event);
  }
}

/** A version whose triggers nobody wires stays published, and says so (flows-api 5, publish). */
function published({ meta, data }: FlowVersionPublished): CommandOutcome {
  if (data.triggers.length > 0) {
    const failed = problem('TRIGGER_REGISTRATION_FAILED');
    return { status: 'accepted', httpStatus: failed.status, result: problemBody(failed) };
  }
  const { flowId, version } = data;
  const createdAt = new Date(meta.occurredAt).toISOString();
  const triggers = { cron: [], webhooks: [], events: [] };
  return { status: 'accepted', httpStatus: 201, result: { flowId, version, createdAt, triggers } };
}

const executionRef = (executionId: string) => ({ executionId, workflowId: executionId });
const cancelling = (executionId: string) => ({ ...executionRef(executionId), status: 'Cancelling' });

function acknowledged(originalCommandId: string | null, executionId: string | null): CommandOutcome {
  if (originalCommandId !== null) return { status: 'replay', originalCommandId };
  return { status: 'accepted', httpStatus: 202, result: executionId === null ? {} : cancelling(executionId) };
}

function assertNever(event: never): never {
  throw new Error(`unknown event ${JSON.stringify(event)}`);
}
