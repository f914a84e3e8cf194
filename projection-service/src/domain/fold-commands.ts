import { commandOutcome, type Event } from '@flowplane/contracts';
import { COMMAND_TYPE_NAMES } from './command-type-name.js';
import { flowResourceJson, plainText, type FlowRow } from '@flowplane/contracts/read-model';
import type { LoggedEvent } from './logged-event.js';
import { scheduleResource, type ScheduleRow } from './schedule-row.js';

/** What a command came to: `result` and `error` are JSON text. */
export type RecordedOutcome = {
  readonly status: 'pending' | 'accepted' | 'rejected';
  readonly httpStatus: number | null;
  readonly result: string | null;
  readonly error: string | null;
  /** Run whose present status belongs into the result. */
  readonly executionId: string | null;
  /** Webhook secrets that the command has made. */
  readonly secretIds: readonly string[];
};

export type CommandRow = RecordedOutcome & {
  readonly commandId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly type: string;
  readonly actorId: string;
  readonly submittedAt: number;
  readonly decidedAt: number;
  readonly partition: number;
  readonly positionOffset: number;
};

/** The command whose outcome an event repeats, if it is a repeat under an Idempotency-Key. */
export function repeatedCommandId(event: Event): string | undefined {
  return event.type === 'CommandAcknowledged' ? (event.data.originalCommandId ?? undefined) : undefined;
}

export type OutcomeSources = {
  /** The flow as it is after this event. */
  readonly flowOf: (event: Event, flowId: string) => FlowRow | undefined;
  /** Its schedule as it is after this event. */
  readonly scheduleOf: (event: Event, flowId: string) => ScheduleRow | undefined;
  /** Outcome recorded for an earlier command. */
  readonly outcomeOf: (commandId: string) => EarlierOutcome | undefined;
};

/** Outcome of an earlier command, and whose it was. */
export type EarlierOutcome = RecordedOutcome & { readonly actorId: string };

/**
 * The commands row of an event: only the first of a command's events has one, and only where a client sent it. A stale
 * publish is no outcome: it stays pending until its next attempt is decided.
 */
export function commandRow(
  { partition, offset, message: event }: LoggedEvent,
  sources: OutcomeSources,
): CommandRow | undefined {
  const { meta } = event;
  const type = COMMAND_TYPE_NAMES[meta.commandType];
  if (meta.index !== 0 || type === null) return undefined;
  const outcome = recordedOutcome(event, sources);
  return {
    commandId: meta.commandId,
    tenantId: meta.tenantId,
    workspaceId: meta.workspaceId,
    type,
    actorId: plainText(meta.actorId),
    status: outcome.status,
    submittedAt: meta.submittedAt,
    decidedAt: meta.occurredAt,
    partition,
    positionOffset: offset + meta.count,
    httpStatus: outcome.httpStatus,
    result: outcome.result,
    error: outcome.error,
    executionId: outcome.executionId,
    secretIds: outcome.secretIds,
  };
}

function recordedOutcome(event: Event, sources: OutcomeSources): RecordedOutcome {
  const outcome = commandOutcome(event);
  switch (outcome.status) {
    case 'stale':
      return { status: 'pending', httpStatus: null, result: null, error: null, executionId: null, secretIds: [] };
    case 'rejected':
      return {
        status: 'rejected',
        httpStatus: outcome.httpStatus,
        result: null,
        error: JSON.stringify(outcome.error),
        executionId: null,
        secretIds: [],
      };
    case 'replay': {
      const original = sources.outcomeOf(outcome.originalCommandId);
      // Past its retention the original is gone; that it was accepted is all that is left to say.
      if (original === undefined) return accepted(200, '{}', null);
      // Secrets are shown to who made them only, though any actor of the workspace may repeat a key.
      return original.actorId === plainText(event.meta.actorId) ? original : { ...original, secretIds: [] };
    }
    case 'accepted': {
      if ('result' in outcome) {
        const executionId = event.type === 'ExecutionRequested' ? event.data.executionId : null;
        const secretIds = (outcome.secrets ?? []).map(({ secret }) => secret.secretId);
        return { ...accepted(outcome.httpStatus, JSON.stringify(outcome.result), executionId), secretIds };
      }
      if ('scheduleOf' in outcome) {
        const schedule = sources.scheduleOf(event, outcome.scheduleOf);
        const resource = schedule === undefined ? {} : scheduleResource(schedule, event.meta.occurredAt);
        return accepted(outcome.httpStatus, JSON.stringify(resource), null);
      }
      const flow = sources.flowOf(event, outcome.flowId);
      return accepted(outcome.httpStatus, flow === undefined ? '{}' : flowResourceJson(flow), null);
    }
  }
}

const accepted = (httpStatus: number, result: string, executionId: string | null): RecordedOutcome => ({
  status: 'accepted',
  httpStatus,
  result,
  error: null,
  executionId,
  secretIds: [],
});
