import { encodePosition, type CommandOutcome, type LogPosition } from '@flowplane/contracts';
import type { Answer } from '../api/index.js';
import type { Decided } from './outcome-tail.js';

/** Headers of an answer whose outcome is at a position. @param applied for `Preference-Applied` */
export const positionHeaders = (position: LogPosition, applied: string | null): Readonly<Record<string, string>> => ({
  'x-flows-position': encodePosition(position),
  ...(applied === null ? {} : { 'preference-applied': applied }),
});

/** The answer to a command that was rejected. */
export function rejectedAnswer(
  { event, position }: Decided,
  outcome: Extract<CommandOutcome, { readonly status: 'rejected' }>,
  applied: string | null,
): Answer {
  const seconds = 'problem' in event.data ? event.data.problem.retryAfterSeconds : null;
  const retryAfter = seconds === null ? {} : { 'retry-after': String(seconds) };
  const headers = { ...positionHeaders(position, applied), ...retryAfter };
  return { status: outcome.httpStatus, body: outcome.error, headers };
}

const commandLocation = (workspaceId: string, commandId: string): string =>
  `/v1/flows/workspaces/${encodeURIComponent(workspaceId)}/commands/${commandId}`;

/** 202 with the command's location: it is, or may be, in the log, and its outcome is not known yet. */
export function pendingAnswer(pending: {
  readonly workspaceId: string;
  readonly commandId: string;
  /** Position of the outcome; undefined where it is not known. */
  readonly token: string | undefined;
  /** False where it is unknown whether the command was appended; default: it was. */
  readonly isInLog?: boolean;
  readonly executionId: string | undefined;
  readonly applied: string | null;
  /** Where its outcome can be asked for; default: the workspace's commands. */
  readonly location?: string;
}): Answer {
  const { commandId, executionId, token, applied, isInLog = true } = pending;
  return {
    status: 202,
    body: {
      ...{ commandId, status: 'pending' },
      ...(executionId === undefined ? {} : { executionId }),
      ...(isInLog ? {} : { uncertain: true }),
    },
    headers: {
      location: pending.location ?? commandLocation(pending.workspaceId, commandId),
      ...(token === undefined ? {} : { 'x-flows-position': token }),
      ...(applied === null ? {} : { 'preference-applied': applied }),
    },
  };
}
