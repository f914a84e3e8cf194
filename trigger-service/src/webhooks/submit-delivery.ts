import { commandOutcome, encodePosition, partitionOf, type Event, type StartFromTrigger } from '@flowplane/contracts';
import {
  appendCommand,
  pendingAnswer,
  positionHeaders,
  startDeadline,
  type CommandLog,
} from '@flowplane/runtime/commands';
import type { Answer, WaitPreference } from '@flowplane/runtime/api';

export type Outcome = 'accepted' | 'deduplicated' | 'refused' | 'pending';
export type Submitted = { readonly outcome: Outcome; readonly executionId: string | null; readonly answer: Answer };

/**
 * Appends the command of a delivery and answers once it is decided and projected, or with 202 where that does not come
 * in time (flows-api 3.1, 10.4).
 *
 * @throws Refusal 503 OVERLOADED, LOG_UNAVAILABLE: nothing was appended
 */
export async function submitDelivery(
  log: CommandLog,
  command: StartFromTrigger,
  { waitMs, respondAsync, applied }: WaitPreference,
  signal: AbortSignal,
): Promise<Submitted> {
  const { commandId, tenantId, workspaceId } = command.meta;
  const { executionId } = command.data;
  const pendingFor = (token: string | undefined): Submitted => ({
    outcome: 'pending',
    executionId,
    answer: pendingAnswer({ workspaceId, commandId, token, executionId, applied }),
  });
  log.guard.admit(partitionOf(tenantId, log.partitions));
  const deadline = startDeadline(respondAsync ? 0 : waitMs, Date.now);
  const waiting = log.tail.decided(commandId, 1);
  try {
    const token = await appendCommand(log, command);
    const waits = token !== undefined && !respondAsync;
    const decided = waits ? await Promise.race([waiting.promise, deadline.expired]) : undefined;
    const [event] = decided?.events ?? [];
    if (decided === undefined || event === undefined) return pendingFor(token);
    if (!(await log.projected(decided.position, deadline.leftMs(), signal))) {
      return pendingFor(encodePosition(decided.position));
    }
    return decidedDelivery(event, positionHeaders(decided.position, applied));
  } finally {
    deadline.stop();
    waiting.drop();
  }
}

function decidedDelivery(event: Event, headers: Readonly<Record<string, string>>): Submitted {
  const outcome = commandOutcome(event);
  if (outcome.status === 'rejected') {
    const seconds = 'problem' in event.data ? event.data.problem.retryAfterSeconds : null;
    const retryAfter = seconds === null ? {} : { 'retry-after': String(seconds) };
    const answer = { status: outcome.httpStatus, body: outcome.error, headers: { ...headers, ...retryAfter } };
    return { outcome: 'refused', executionId: null, answer };
  }
  if (outcome.status !== 'accepted' || !('result' in outcome)) {
    throw new Error(`a delivery was decided as ${event.type}`);
  }
  return {
    outcome: event.type === 'ExecutionRequested' ? 'accepted' : 'deduplicated',
    executionId: 'executionId' in event.data ? event.data.executionId : null,
    answer: { status: outcome.httpStatus, body: outcome.result, headers },
  };
}
