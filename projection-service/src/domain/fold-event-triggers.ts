import { detailOf, type FlowVersionPublished, type PlatformEventDetail } from '@flowplane/contracts';
import { flowKeyOfEvent, type FlowKey, type LoggedEvent } from './logged-event.js';
import { plainTextOrNull } from '@flowplane/contracts/read-model';

/** A platform-event trigger in force after a batch. */
export type EventTriggerRow = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly triggerId: string;
  readonly version: number;
  readonly eventType: string;
  readonly topic: string;
  readonly topicId: string;
  /** Offset of the first publish of an unbroken row of the batch that had the trigger. */
  readonly since: number;
  /** JSON array, of that publish; empty when the topic was recreated since: it has nothing from before. */
  readonly startOffsets: string;
  readonly filter: string | null;
  readonly dedupeKey: string | null;
  /** No publish or delete of the batch lacked the trigger: a row of before keeps its start. */
  readonly unbroken: boolean;
};

/** Triggers of every flow that was published or deleted in the batch: the whole set, which replaces that of before. */
export type EventTriggersFold = Map<FlowKey, readonly EventTriggerRow[]>;

export function foldEventTriggers(fold: EventTriggersFold, { offset, message: event }: LoggedEvent): void {
  if (event.type !== 'FlowVersionPublished' && event.type !== 'FlowDeleted') return;
  const key = flowKeyOfEvent(event, event.data.flowId);
  const before = fold.get(key);
  fold.set(key, event.type === 'FlowDeleted' ? [] : publishedTriggers(event, offset, before));
}

function publishedTriggers(
  { meta, data }: FlowVersionPublished,
  offset: number,
  before: readonly EventTriggerRow[] | undefined,
): readonly EventTriggerRow[] {
  const rows = new Map<string, EventTriggerRow>();
  for (const registration of data.triggers) {
    const detail = detailOf(registration);
    if (detail.kind !== 'platform-event' || detail.failed === true) continue;
    const { triggerId } = registration;
    const same = before?.find((row) => row.triggerId === triggerId);
    rows.set(triggerId, {
      tenantId: meta.tenantId,
      workspaceId: meta.workspaceId,
      flowId: data.flowId,
      triggerId,
      version: data.version,
      eventType: detail.eventType,
      topic: detail.topic,
      topicId: detail.topicId,
      since: same?.since ?? offset,
      startOffsets: startOffsetsOf(detail, same),
      filter: plainTextOrNull(detail.filter ?? null),
      dedupeKey: plainTextOrNull(detail.dedupeKey ?? null),
      unbroken: before === undefined || same?.unbroken === true,
    });
  }
  return [...rows.values()];
}

function startOffsetsOf(
  { topicId, startOffsets }: PlatformEventDetail,
  same: Pick<EventTriggerRow, 'topicId' | 'startOffsets'> | undefined,
): string {
  if (same === undefined) return JSON.stringify(startOffsets);
  return same.topicId === topicId ? same.startOffsets : '[]';
}
