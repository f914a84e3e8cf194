import {
  uuidV5,
  type CommandDenied,
  type CommandRejected,
  type Event,
  type TriggerStartRefused,
} from '@flowplane/contracts';
import { auditEntry } from './audit-entry.js';
import { COMMAND_TYPE_NAMES } from './command-type-name.js';
import type { LoggedEvent } from './logged-event.js';
import { plainText, plainTextOrNull } from '@flowplane/contracts/read-model';

export type AuditRow = {
  readonly eventId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly eventType: string;
  readonly outcome: 'accepted' | 'denied';
  readonly actorId: string;
  readonly flowId: string | null;
  readonly flowVersion: string | null;
  readonly executionId: string | null;
  readonly triggerType: string | null;
  readonly onBehalfOf: string | null;
  readonly comment: string | null;
  readonly connectionName: string | null;
  readonly correlationId: string;
  readonly occurredAt: number;
  readonly logOffset: number;
  readonly commandType: string | null;
  readonly reasonStatus: number | null;
  readonly reasonCode: string | null;
  /** Refusals this row stands for; null: itself. */
  readonly deniedCount: number | null;
};

/** Refusals shown one by one per tenant and minute; the others share one row (flows-api 13.2). */
export const DENIED_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

/** `tenantId/minute`: what refusals are counted by. */
export type DenialKey = string;

export type AuditFold = {
  /** Rows by event id. A condensed row carries the count that this batch adds. */
  readonly rows: Map<string, AuditRow>;
  /** Refusals so far, by tenant and minute; those of the batch included. */
  readonly denials: Map<DenialKey, number>;
};

/** An event that says of a command that it was refused. */
type Refusal = CommandRejected | CommandDenied | TriggerStartRefused;

const isRefusal = (event: Event): event is Refusal =>
  event.type === 'CommandRejected' || event.type === 'CommandDenied' || event.type === 'TriggerStartRefused';

/** A refusal that the audit has: for want of a right or of quota (flows-api 13.2). */
export const isDenied = (event: Event): event is Refusal =>
  isRefusal(event) && (event.data.problem.status === 403 || event.data.problem.status === 429);

export const denialKeyOf = ({ meta }: Event): DenialKey =>
  `${meta.tenantId}/${Math.floor(meta.occurredAt / MINUTE_MS)}`;

/** Takes one event into the audit view. */
export function foldAudit(fold: AuditFold, logged: LoggedEvent): void {
  const { message: event, offset } = logged;
  if (isDenied(event)) {
    foldDenial(fold, event, offset);
    return;
  }
  const entry = auditEntry(event);
  const { meta } = event;
  if (entry === undefined || fold.rows.has(meta.eventId)) return;
  // Written out, not spread: this runs for every event.
  fold.rows.set(meta.eventId, {
    eventId: meta.eventId,
    tenantId: meta.tenantId,
    workspaceId: meta.workspaceId,
    eventType: entry.eventType,
    outcome: 'accepted',
    actorId: plainText(meta.actorId),
    flowId: entry.flowId,
    flowVersion: entry.flowVersion,
    executionId: entry.executionId,
    triggerType: entry.triggerType,
    onBehalfOf: plainTextOrNull(entry.onBehalfOf),
    comment: plainTextOrNull(entry.comment),
    connectionName: entry.connectionName,
    correlationId: plainText(meta.correlationId),
    occurredAt: meta.occurredAt,
    logOffset: offset,
    commandType: null,
    reasonStatus: null,
    reasonCode: null,
    deniedCount: null,
  });
}

function foldDenial(fold: AuditFold, event: Refusal, offset: number): void {
  const key = denialKeyOf(event);
  const count = event.type === 'CommandDenied' ? event.data.count : 1;
  const denied = (fold.denials.get(key) ?? 0) + count;
  fold.denials.set(key, denied);
  const { meta } = event;
  const { problem, flowId, executionId } = event.data;
  const row: AuditRow = {
    eventId: meta.eventId,
    tenantId: meta.tenantId,
    workspaceId: meta.workspaceId,
    eventType: 'command.denied',
    outcome: 'denied',
    actorId: plainText(meta.actorId),
    // Of a refused command they are what the path said.
    flowId: plainTextOrNull(flowId),
    flowVersion: null,
    executionId: plainTextOrNull(executionId),
    triggerType: null,
    onBehalfOf: null,
    comment: null,
    connectionName: null,
    correlationId: plainText(meta.correlationId),
    occurredAt: meta.occurredAt,
    logOffset: offset,
    commandType: event.type === 'CommandDenied' ? event.data.deniedCommand : COMMAND_TYPE_NAMES[meta.commandType],
    reasonStatus: problem.status,
    reasonCode: problem.code,
    deniedCount: null,
  };
  if (count === 1 && denied <= DENIED_PER_MINUTE) {
    fold.rows.set(row.eventId, row);
    return;
  }
  // One row per workspace, since a workspace sees only its own.
  const eventId = uuidV5(`denied/${key}/${row.workspaceId}`);
  const before = fold.rows.get(eventId);
  fold.rows.set(eventId, { ...(before ?? row), eventId, deniedCount: (before?.deniedCount ?? 0) + count });
}
