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
/** An event without its meta, which `toEvents` adds: which command, which actor, when. */
export type EventBody = BodyOf<Event>;
type Outcome = 'CommandAcknowledged' | 'CommandStale' | 'CommandRejected' | 'TriggerStartRefused';
/** An event that changes something. */
export type Change = Exclude<EventBody, { readonly type: Outcome }>;

/** The outcome of a command: exactly one of these, and at least one record in the log. */
export type Decision =
  | {
      readonly kind: 'accepted';
      readonly change: Change;
      /** A change that comes with it: both are in the log, or neither. */
      readonly followedBy?: Change;
    }
  /** Accepted, and nothing changes. `originalCommandId` is the command that had the effect, on a replay. */
  | {
      readonly kind: 'acknowledged';
      readonly reason: 'replay' | 'already' | 'duplicate';
      readonly originalCommandId: string | null;
      readonly executionId: string | null;
    }
  /** No outcome: the draft or run that the shell loaded for the command is behind the log. */
  | { readonly kind: 'stale'; readonly flowId: string; readonly revision: number }
  /** A refusal of a trigger's fire, which names the trigger. */
  | { readonly kind: 'trigger-refused'; readonly data: TriggerStartRefused['data'] }
  | {
      readonly kind: 'rejected';
      readonly problem: Problem;
      readonly flowId: string | null;
      readonly executionId: string | null;
    };

/** What the decider remembers of each tenant, and for how long. */
export type Memory = {
  /** FLOWS_IDEMPOTENCY_TTL */
  readonly idempotencyTtlMs: number;
  /** Live keys a tenant may have; beyond it commands with a new key are refused, none is forgotten early. */
  readonly maxIdempotencyKeys: number;
  /** FLOWS_WEBHOOK_DEDUPE_RETENTION: how long what a trigger has started is remembered. */
  readonly dedupeRetentionMs: number;
  /** FLOWS_RUN_RETENTION */
  readonly runRetentionMs: number;
  /** Remembered fires a tenant may have; beyond it triggers start no more, none is forgotten early. */
  readonly maxFired: number;
};

/** What decisions depend on besides state and command. */
export type DecisionContext = {
  /** Epoch milliseconds: the timestamp of the command's record, or the tenant's last time when that is later (event-log 9). */
  readonly now: number;
  /** As configured for the tenant, before those that were set for it; null: no quota is enforced. */
  readonly quotas: Quotas | null;
  readonly memory: Memory;
};

export const accepted = (change: Change, followedBy?: Change): Decision => ({
  kind: 'accepted',
  change,
  ...(followedBy === undefined ? {} : { followedBy }),
});

export const already = (executionId: string | null, originalCommandId: string | null = null): Decision => ({
  kind: 'acknowledged',
  reason: 'already',
  originalCommandId,
  executionId,
});

/**
 * 403 when the run is of another caller or of another flow than the path's, before any lookup (flows-api 6.3). The
 * refusal is in the log, since refused accesses are audited; it names no ids of others.
 */
export const deniedToStrangers = (meta: CommandMeta, flowId: string, executionId: string): Decision | undefined =>
  isExecutionOf(executionId, { ...meta, flowId }) ? undefined : refusedAs('CROSS_TENANT_FORBIDDEN');

/** The log knows more of a run than the shell that sent the command. */
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
