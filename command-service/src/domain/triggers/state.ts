import {
  assertNever,
  type EventMeta,
  type ExecutionClosed,
  type ExecutionRequested,
  type TriggerOrigin,
  type TriggerRecordSettled,
  type TriggerStartRefused,
} from '@flowplane/contracts';
import type { Memory } from '../decision.js';

/** The run that a delivery (webhook) or a dedupe key has started. */
type Fired = { readonly executionId: string; readonly at: number };

/**
 * High-water mark of a platform-event trigger in one partition of its topic. Records come in order, so what is not
 * above `high` has been decided; `deferred` are those below it that were refused and will come again.
 */
type RecordMark = { high: number; readonly deferred: Set<number> };

/** What is known of the fires of triggers. Times are epoch milliseconds. */
export type TriggersState = {
  /** By workspace, trigger and the key that distinguishes its fires (`firedKey`), in the order of time. */
  readonly fired: Map<string, Fired>;
  /** Keys of `fired` by the id of the run, of webhooks: no two deliveries may have one. */
  readonly firedRuns: Map<string, string>;
  /** When each fire of a schedule was decided, by the id of its run, in the order of time. */
  readonly firedCrons: Map<string, number>;
  /** When each run of a webhook was closed, in that order, for as long as its id may be in use anywhere. */
  readonly closedHooks: Map<string, number>;
  /** How often a webhook delivery was delivered again, by the id of its run, in the order of time. */
  readonly redeliveries: Map<string, { readonly count: number; readonly at: number }>;
  /** By workspace, trigger, topic id and partition. */
  readonly marks: Map<string, RecordMark>;
};

export const emptyTriggers = (): TriggersState => ({
  fired: new Map(),
  firedRuns: new Map(),
  firedCrons: new Map(),
  closedHooks: new Map(),
  redeliveries: new Map(),
  marks: new Map(),
});

type Scope = Pick<EventMeta, 'workspaceId'>;

const WEBHOOK_RUN = ':wh-';

/** A second of a schedule, or a trigger of it by hand. */
const isCron = ({ dedupeKey, deliveryId, record }: TriggerOrigin): boolean =>
  dedupeKey === null && deliveryId === null && record === null;

/** What distinguishes a fire from others; null: its record alone, or the id of its run (cron). */
function firedKey({ workspaceId }: Scope, { triggerId, dedupeKey, deliveryId }: TriggerOrigin): string | null {
  const distinct = dedupeKey ?? deliveryId;
  return distinct === null ? null : `${workspaceId}/${triggerId}/${distinct}`;
}

const markKey = ({ workspaceId }: Scope, { triggerId, record }: TriggerOrigin): string | null =>
  record === null ? null : `${workspaceId}/${triggerId}/${record.topicId}/${record.partition}`;

/** The run that the same fire has started, or would have; undefined for one that is new or deferred. */
export function firedBefore(
  { fired, firedCrons, marks }: TriggersState,
  scope: Scope,
  trigger: TriggerOrigin,
  executionId: string,
): string | undefined {
  const mark = marks.get(markKey(scope, trigger) ?? '');
  const offset = trigger.record?.offset ?? 0;
  if (mark !== undefined && offset <= mark.high && !mark.deferred.has(offset)) return executionId;
  if (isCron(trigger) && firedCrons.has(executionId)) return executionId;
  return fired.get(firedKey(scope, trigger) ?? '')?.executionId;
}

/**
 * A record that is refused with one of these comes again: a quota, too much that is remembered, and 422, its input,
 * until it is a dead letter. Any other refusal is final.
 */
const COMES_AGAIN: ReadonlySet<number> = new Set([422, 429, 503]);

type TriggerEvent = ExecutionRequested | ExecutionClosed | TriggerStartRefused | TriggerRecordSettled;

export function evolveTriggers(triggers: TriggersState, event: TriggerEvent): void {
  const { meta, data } = event;
  switch (event.type) {
    case 'ExecutionRequested':
      if (event.data.trigger !== null) recordStart(triggers, meta, event.data.trigger, data.executionId);
      return;
    case 'ExecutionClosed':
      if (data.executionId.includes(WEBHOOK_RUN)) triggers.closedHooks.set(data.executionId, meta.occurredAt);
      return;
    case 'TriggerStartRefused': {
      const { trigger, problem } = event.data;
      passRecord(triggers, meta, trigger, COMES_AGAIN.has(problem.status));
      passCron(triggers, meta, trigger, data.executionId);
      return;
    }
    case 'TriggerRecordSettled':
      passRecord(triggers, meta, event.data.trigger, false);
      return;
    default:
      assertNever(event);
  }
}

function recordStart(triggers: TriggersState, meta: EventMeta, trigger: TriggerOrigin, executionId: string): void {
  const { redelivery } = trigger;
  const at = meta.occurredAt;
  passRecord(triggers, meta, trigger, false);
  passCron(triggers, meta, trigger, executionId);
  if (redelivery > 0) {
    const original = executionId.slice(0, -`-r${redelivery}`.length);
    triggers.redeliveries.delete(original);
    triggers.redeliveries.set(original, { count: redelivery, at });
    return;
  }
  const key = firedKey(meta, trigger);
  if (key !== null) keepFired(triggers, key, { executionId, at });
}

/** A fire of a schedule is decided once, accepted or refused: what its worker appends again is the same fire. */
function passCron({ firedCrons }: TriggersState, meta: EventMeta, trigger: TriggerOrigin, executionId: string): void {
  if (isCron(trigger)) firedCrons.set(executionId, meta.occurredAt);
}

/** Moves the mark past a record that was decided; a deferred one was refused and will come again. */
function passRecord({ marks }: TriggersState, scope: Scope, trigger: TriggerOrigin, isDeferred: boolean): void {
  const key = markKey(scope, trigger);
  if (key === null || trigger.record === null) return;
  const { offset } = trigger.record;
  const mark = marks.get(key) ?? { high: -1, deferred: new Set() };
  marks.set(key, mark);
  if (!isDeferred) mark.deferred.delete(offset);
  else if (offset > mark.high) mark.deferred.add(offset);
  mark.high = Math.max(mark.high, offset);
}

function keepFired(triggers: TriggersState, key: string, fired: Fired): void {
  // An expired one that comes again moves to the end: the map is in the order of time.
  forgetFired(triggers, key);
  triggers.fired.set(key, fired);
  if (fired.executionId.includes(WEBHOOK_RUN)) triggers.firedRuns.set(fired.executionId, key);
}

function forgetFired({ fired, firedRuns }: TriggersState, key: string): void {
  const runId = fired.get(key)?.executionId ?? '';
  if (firedRuns.get(runId) === key) firedRuns.delete(runId);
  fired.delete(key);
}

const DAY_MS = 86_400_000;
/** Longer than an append of unknown fate may take to show up in the log. */
const CRONS_KEPT_MS = DAY_MS;
/** How long the delivery log keeps a delivery, so that it can be delivered again (flows-api 10.6). */
const DELIVERIES_KEPT_MS = 7 * DAY_MS;
/** Read models and engine drop a run that is past its retention some time after that. */
const DROPPED_WITHIN_MS = DAY_MS;

/** Frees the memory of fires, redeliveries and closed runs that are past their retention. */
export function forgetTriggers(triggers: TriggersState, now: number, memory: Memory): void {
  const { fired, redeliveries, firedCrons, closedHooks } = triggers;
  const { dedupeRetentionMs, runRetentionMs } = memory;
  for (const [key, { at }] of fired) {
    if (now - at < dedupeRetentionMs) break;
    forgetFired(triggers, key);
  }
  for (const [executionId, { at }] of redeliveries) {
    if (now - at < Math.max(dedupeRetentionMs, DELIVERIES_KEPT_MS)) break;
    redeliveries.delete(executionId);
  }
  for (const [executionId, at] of firedCrons) {
    if (now - at < CRONS_KEPT_MS) break;
    firedCrons.delete(executionId);
  }
  for (const [executionId, at] of closedHooks) {
    if (now - at < runRetentionMs + DROPPED_WITHIN_MS) break;
    closedHooks.delete(executionId);
  }
}

export const triggersToJson = ({ fired, firedCrons, closedHooks, redeliveries, marks }: TriggersState) => ({
  // Tuples: a snapshot may have 500,000 of them.
  fired: [...fired].map(([key, { executionId, at }]) => [key, executionId, at] as const),
  firedCrons: [...firedCrons],
  closedHooks: [...closedHooks],
  redeliveries: [...redeliveries],
  marks: [...marks].map(([key, { high, deferred }]) => [key, { high, deferred: [...deferred] }] as const),
});

/** What follows from the rest (`firedRuns`) is not saved. */
export function triggersFromJson(saved: ReturnType<typeof triggersToJson>): TriggersState {
  const triggers: TriggersState = {
    fired: new Map(),
    firedRuns: new Map(),
    firedCrons: new Map(saved.firedCrons),
    closedHooks: new Map(saved.closedHooks),
    redeliveries: new Map(saved.redeliveries),
    marks: new Map(saved.marks.map(([key, { high, deferred }]) => [key, { high, deferred: new Set(deferred) }])),
  };
  for (const [key, executionId, at] of saved.fired) keepFired(triggers, key, { executionId, at });
  return triggers;
}
