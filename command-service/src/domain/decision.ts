import {
  isExecutionOf,
  problem,
  type CommandMeta,
  type Event,
  type Problem,
  type ProblemCode,
  type ProblemDetails,
  type Quotas,
  type TriggerStartRefused,
} from '@flowplane/contracts';

type BodyOf<E extends Event> = E extends Event ? { readonly type: E['type']; readonly data: E['data'] } : never;
/** An event without its meta, which says of every one the same: which command, who, when. */
export type EventBody = BodyOf<Event>;
type Outcome = 'CommandAcknowledged' | 'CommandStale' | 'CommandRejected' | 'TriggerStartRefused';
/** An event that changes something. */
export type Change = Exclude<EventBody, { readonly type: Outcome }>;

/** What is decided about a command: exactly one of these, and at least one record in the log. */
export type Decision =
  | { readonly kind: 'accepted'; readonly change: Change }
  /** Accepted, and nothing changes. `originalCommandId` is the command that had the effect, on a replay. */
  | {
      readonly kind: 'acknowledged';
      readonly reason: 'replay' | 'already' | 'duplicate';
      readonly originalCommandId: string | null;
      readonly executionId: string | null;
    }
  /** No outcome: the draft or run that the shell loaded for the command is behind the log. */
  | { readonly kind: 'stale'; readonly flowId: string; readonly revision: number }
  /** A refusal that the trigger is remembered by. */
  | { readonly kind: 'trigger-refused'; readonly data: TriggerStartRefused['data'] }
  | {
      readonly kind: 'rejected';
      readonly problem: Problem;
      readonly flowId: string | null;
      readonly executionId: string | null;
    };

/** All that decisions know besides state and command. Times are epoch milliseconds. */
export type DecisionContext = {
  /** The command's record timestamp, or the tenant's last time when that is later (event-log 9). */
  readonly now: number;
  /** As configured for the tenant, before those that were set for it; null: nothing is denied for want of quota. */
  readonly quotas: Quotas | null;
  /** FLOWS_IDEMPOTENCY_TTL */
  readonly idempotencyTtlMs: number;
  /** Live keys a tenant may have; beyond it commands with a new key are refused, none is forgotten early. */
  readonly maxIdempotencyKeys: number;
  /** FLOWS_WEBHOOK_DEDUPE_RETENTION: how long what a trigger has started is remembered. */
  readonly dedupeRetentionMs: number;
  /** Such fires a tenant may have; beyond it no more are started, none is forgotten early. */
  readonly maxFired: number;
};

export const accepted = (change: Change): Decision => ({ kind: 'accepted', change });

export const already = (executionId: string): Decision => ({
  kind: 'acknowledged',
  reason: 'already',
  originalCommandId: null,
  executionId,
});

/**
 * 403 of a run that is not the caller's or not the path's flow's, before any lookup (flows-api 6.3). It is decided, not
 * only answered, so that the log has it: refused accesses are audited, without the ids of strangers.
 */
export const deniedToStrangers = (meta: CommandMeta, flowId: string, executionId: string): Decision | undefined =>
  isExecutionOf(executionId, { ...meta, flowId }) ? undefined : refusedAs('CROSS_TENANT_FORBIDDEN');

/** The shell has not seen what the log has of a run. */
export const runBehind = (flowId: string): Decision => ({ kind: 'stale', flowId, revision: 0 });

type Subject = { readonly flowId?: string; readonly executionId?: string };

export const refused = (refusal: Problem, subject: Subject = {}): Decision => ({
  kind: 'rejected',
  problem: refusal,
  flowId: subject.flowId ?? null,
  executionId: subject.executionId ?? null,
});

export const refusedAs = (code: ProblemCode, subject: Subject = {}, details: ProblemDetails = {}): Decision =>
  refused(problem(code, details), subject);
