import type { EventMeta, TriggerOrigin } from '@flowplane/contracts';
import type { TenantState } from './tenant-state.js';

/** The run that a delivery (webhook) or a dedupe key has started. */
export type Fired = { readonly executionId: string; readonly at: number };

/**
 * How far a platform-event trigger has come in one partition of its topic. Records come in order, so what is not above
 * `high` has been decided; `deferred` are those below it that were refused and will come again.
 */
export type RecordMark = { high: number; readonly deferred: Set<number> };

type Scope = Pick<EventMeta, 'workspaceId'>;

const WEBHOOK_RUN = ':wh-';
/** Read models and engine drop a run that is past its retention some time after that. */
const DROPPED_WITHIN_MS = 86_400_000;

/** A second of a schedule, or a trigger of it by hand. */
const isCron = ({ dedupeKey, deliveryId, record }: TriggerOrigin): boolean =>
  dedupeKey === null && deliveryId === null && record === null;

/** What a fire is told from others by; null: by its record alone, or by the id of its run (cron). */
export function firedKey(scope: Scope, trigger: TriggerOrigin): string | null {
  const distinct = trigger.dedupeKey ?? trigger.deliveryId;
  return distinct === null ? null : `${scope.workspaceId}/${trigger.triggerId}/${distinct}`;
}

export function markKey(scope: Scope, { triggerId, record }: TriggerOrigin): string | null {
  return record === null ? null : `${scope.workspaceId}/${triggerId}/${record.topicId}/${record.partition}`;
}

/** The run that the same fire has started, or would have; undefined for one that is new or deferred. */
export function firedBefore(
  state: TenantState,
  scope: Scope,
  trigger: TriggerOrigin,
  executionId: string,
): string | undefined {
  const markId = markKey(scope, trigger);
  const mark = markId === null ? undefined : state.marks.get(markId);
  const offset = trigger.record?.offset ?? 0;
  if (mark !== undefined && offset <= mark.high && !mark.deferred.has(offset)) return executionId;
  if (isCron(trigger) && state.firedCrons.has(executionId)) return executionId;
  const key = firedKey(scope, trigger);
  return key === null ? undefined : state.fired.get(key)?.executionId;
}

/** Takes a fire that has started a run into the state. */
export function recordFired(state: TenantState, meta: EventMeta, trigger: TriggerOrigin, executionId: string): void {
  settleRecord(state, meta, trigger);
  rememberCron(state, meta, trigger, executionId);
  if (trigger.redelivery > 0) return;
  const key = firedKey(meta, trigger);
  if (key !== null) keepFired(state, key, { executionId, at: meta.occurredAt });
}

/** A fire of a schedule is decided once, whatever came of it: what its worker appends again is the same fire. */
export function rememberCron(state: TenantState, meta: EventMeta, trigger: TriggerOrigin, executionId: string): void {
  if (isCron(trigger)) state.firedCrons.set(executionId, meta.occurredAt);
}

export function keepFired(state: TenantState, key: string, fired: Fired): void {
  // An expired one that comes again moves to the end: the map is in the order of time.
  forgetOne(state, key);
  state.fired.set(key, fired);
  if (fired.executionId.includes(WEBHOOK_RUN)) state.firedRuns.set(fired.executionId, key);
}

function forgetOne(state: TenantState, key: string): void {
  const runId = state.fired.get(key)?.executionId ?? '';
  if (state.firedRuns.get(runId) === key) state.firedRuns.delete(runId);
  state.fired.delete(key);
}

/** The record is decided, and never comes again. */
export function settleRecord(state: TenantState, meta: Scope, trigger: TriggerOrigin): void {
  const mark = markOf(state, meta, trigger);
  if (mark === undefined || trigger.record === null) return;
  mark.deferred.delete(trigger.record.offset);
  mark.high = Math.max(mark.high, trigger.record.offset);
}

/** The record was refused for now. */
export function deferRecord(state: TenantState, meta: Scope, trigger: TriggerOrigin): void {
  const mark = markOf(state, meta, trigger);
  if (mark === undefined || trigger.record === null) return;
  if (trigger.record.offset > mark.high) mark.deferred.add(trigger.record.offset);
  mark.high = Math.max(mark.high, trigger.record.offset);
}

function markOf(state: TenantState, scope: Scope, trigger: TriggerOrigin): RecordMark | undefined {
  const key = markKey(scope, trigger);
  if (key === null) return undefined;
  const mark = state.marks.get(key) ?? { high: -1, deferred: new Set<number>() };
  state.marks.set(key, mark);
  return mark;
}

/** Whether an id is that of a webhook's run that is open, or that read models and engine may still hold. */
export const isRunOfWebhook = (state: TenantState, executionId: string): boolean =>
  state.runs.has(executionId) ||
  state.firedRuns.has(executionId) ||
  state.closedHooks.has(executionId) ||
  isRedelivered(state, executionId);

/** Takes the end of a run into the state. */
export function rememberClosed(state: TenantState, executionId: string, at: number): void {
  if (executionId.includes(WEBHOOK_RUN)) state.closedHooks.set(executionId, at);
}

const REDELIVERED = /^(.*)-r([1-9]\d{0,8})$/s;

/** Whether a redelivery has a run's id: a sender may give delivery ids that end as those do. */
function isRedelivered(state: TenantState, executionId: string): boolean {
  const [, original = '', number] = REDELIVERED.exec(executionId) ?? [];
  return Number(number) <= (state.redeliveries.get(original)?.count ?? 0);
}

/** Number of the next redelivery of a webhook's run; none whose id a delivery has already. */
export function nextRedelivery(state: TenantState, executionId: string): number {
  let next = (state.redeliveries.get(executionId)?.count ?? 0) + 1;
  while (isRunOfWebhook(state, `${executionId}-r${next}`)) next++;
  return next;
}

/** Longer than an append of unknown fate may take to show up in the log. */
const CRONS_KEPT_MS = 86_400_000;
/** How long the delivery log keeps a delivery, so that it can be delivered again (flows-api 10.6). */
const DELIVERIES_KEPT_MS = 7 * 86_400_000;

export type FiredRetention = {
  /** FLOWS_WEBHOOK_DEDUPE_RETENTION */ readonly dedupeRetentionMs: number;
  /** FLOWS_RUN_RETENTION */ readonly runRetentionMs: number;
};

/** Frees the memory of what is past its retention. */
export function forgetFired(state: TenantState, now: number, retention: FiredRetention): void {
  const { dedupeRetentionMs: retentionMs, runRetentionMs } = retention;
  for (const [key, { at }] of state.fired) {
    if (now - at < retentionMs) break;
    forgetOne(state, key);
  }
  for (const [key, { at }] of state.redeliveries) {
    if (now - at < Math.max(retentionMs, DELIVERIES_KEPT_MS)) break;
    state.redeliveries.delete(key);
  }
  for (const [executionId, at] of state.firedCrons) {
    if (now - at < CRONS_KEPT_MS) break;
    state.firedCrons.delete(executionId);
  }
  for (const [executionId, at] of state.closedHooks) {
    if (now - at < runRetentionMs + DROPPED_WITHIN_MS) break;
    state.closedHooks.delete(executionId);
  }
}
