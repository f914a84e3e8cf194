import { commandOutcome, encodePosition, partitionOf, type StartFromTrigger } from '@flowplane/contracts';
import {
  pendingAnswer,
  positionHeaders,
  rejectedAnswer,
  startDeadline,
  submitCommand,
  type CommandLog,
  type Decided,
} from '@flowplane/runtime/commands';
import type { Answer, WaitPreference } from '@flowplane/runtime/api';

export type Outcome = 'accepted' | 'deduplicated' | 'refused' | 'pending';
export type Submitted = { readonly outcome: Outcome; readonly executionId: string | null; readonly answer: Answer };

/**
 * Appends the command of a delivery and answers once it is decided and projected, or with 202 where that does not come
 * in time (flows-api 3.1, 10.4).
 *
 * @throws Refusal 429 QUOTA_EXCEEDED, 503 OVERLOADED, LOG_UNAVAILABLE: nothing was appended
 */
export async function submitDelivery(
  log: CommandLog,
  command: StartFromTrigger,
  { waitMs, respondAsync, applied }: WaitPreference,
  signal: AbortSignal,
): Promise<Submitted> {
  const { commandId, tenantId, workspaceId } = command.meta;
  const { executionId } = command.data;
  const pendingFor = (token: string | undefined, isInLog = true): Submitted => ({
    outcome: 'pending',
    executionId,
    answer: pendingAnswer({ workspaceId, commandId, token, isInLog, executionId, applied }),
  });
  log.guard.admit(partitionOf(tenantId, log.partitions), tenantId);
  const deadline = startDeadline(waitMs);
  try {
    const expired = respondAsync ? undefined : deadline.expired;
    const { token, isInLog, decided } = await submitCommand(log, command, { expired });
    if (decided === undefined) return pendingFor(token, isInLog);
    if (!(await log.projected(decided.position, deadline.leftMs(), signal))) {
      return pendingFor(encodePosition(decided.position));
    }
    return decidedDelivery(decided, applied);
  } finally {
    deadline.stop();
  }
}

function decidedDelivery(decided: Decided, applied: string | null): Submitted {
  const { event, position } = decided;
  const outcome = commandOutcome(event);
  if (outcome.status === 'rejected') {
    return { outcome: 'refused', executionId: null, answer: rejectedAnswer(decided, outcome, applied) };
  }
  if (outcome.status !== 'accepted' || !('result' in outcome)) {
    throw new Error(`a delivery was decided as ${event.type}`);
  }
  return {
    outcome: event.type === 'ExecutionRequested' ? 'accepted' : 'deduplicated',
    executionId: 'executionId' in event.data ? event.data.executionId : null,
    answer: { status: outcome.httpStatus, body: outcome.result, headers: positionHeaders(position, applied) },
  };
}
