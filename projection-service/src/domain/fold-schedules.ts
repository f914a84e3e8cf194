import {
  detailOf,
  EXECUTOR_ACTOR,
  type Event,
  type FlowVersionPublished,
  type SchedulePaused,
  type ScheduleResumed,
} from '@flowplane/contracts';
import { flowKeyOfEvent, type FlowKey, type LoggedEvent } from './logged-event.js';
import { plainText, plainTextOrNull } from '@flowplane/contracts/read-model';
import type { RecentAction, ScheduleRow } from './schedule-row.js';

/** Schedules after a batch, by flow: those loaded before it, changed and added to by its events. */
export type SchedulesFold = { readonly rows: Map<FlowKey, ScheduleRow>; readonly changed: Set<FlowKey> };

const RECENT_ACTIONS = 10;
const REFUSED_NOTE = 'Paused: too many fires in a row were refused';

/** The flow whose schedule an event changes. */
export function scheduledFlow(event: Event): FlowKey | undefined {
  switch (event.type) {
    case 'FlowVersionPublished':
    case 'FlowDeleted':
    case 'SchedulePaused':
    case 'ScheduleResumed':
      return flowKeyOfEvent(event, event.data.flowId);
    case 'ExecutionRequested':
    case 'TriggerStartRefused':
      return event.data.triggerType === 'cron' ? flowKeyOfEvent(event, event.data.flowId) : undefined;
    default:
      return undefined;
  }
}

/** Takes one event into the schedules table. */
export function foldSchedule(fold: SchedulesFold, { message: event }: LoggedEvent): void {
  const key = scheduledFlow(event);
  if (key === undefined) return;
  const next = nextRow(event, fold.rows.get(key));
  if (next === undefined) return;
  fold.rows.set(key, next);
  fold.changed.add(key);
}

function nextRow(event: Event, row: ScheduleRow | undefined): ScheduleRow | undefined {
  if (event.type === 'FlowVersionPublished') return publishedRow(event, row);
  if (row === undefined || row.cron.length === 0) return undefined;
  switch (event.type) {
    case 'FlowDeleted':
      return ended(row);
    case 'SchedulePaused':
      return changedRow(row, event, isByExecutor(event) ? REFUSED_NOTE : 'Paused via Flows API');
    case 'ScheduleResumed':
      return changedRow(row, event, 'Resumed via Flows API');
    case 'ExecutionRequested':
      return withAction(row, event, event.data.executionId);
    case 'TriggerStartRefused':
      return withAction(row, event, null);
    default:
      return undefined;
  }
}

const isByExecutor = ({ meta }: Event): boolean => meta.actorId === EXECUTOR_ACTOR;

/** @param otherwise the note where none was given */
function changedRow(row: ScheduleRow, event: SchedulePaused | ScheduleResumed, otherwise: string): ScheduleRow {
  const { meta, data, type } = event;
  return {
    ...row,
    paused: type === 'SchedulePaused',
    note: plainTextOrNull(data.note) ?? otherwise,
    changed: { by: isByExecutor(event) ? null : plainText(meta.actorId), at: meta.occurredAt },
  };
}

/** A pause and the last fires survive a publish, unless the version has no schedule at all. */
function publishedRow({ meta, data }: FlowVersionPublished, row: ScheduleRow | undefined): ScheduleRow | undefined {
  const cron = data.triggers.flatMap((trigger) => {
    const detail = detailOf(trigger);
    return detail.kind === 'cron' && detail.failed !== true ? [detail.schedule] : [];
  });
  if (cron.length === 0) return row === undefined ? undefined : ended(row);
  const { tenantId, workspaceId } = meta;
  const before = row ?? { paused: false, note: null, changed: null, recent: [] };
  return {
    tenantId,
    workspaceId,
    flowId: data.flowId,
    ...{ paused: before.paused, note: before.note, changed: before.changed },
    recent: before.recent,
    cron,
  };
}

const ended = (row: ScheduleRow): ScheduleRow => ({
  ...row,
  cron: [],
  paused: false,
  note: null,
  changed: null,
  recent: [],
});

function withAction(
  row: ScheduleRow,
  { meta, data }: Extract<Event, { readonly type: 'ExecutionRequested' | 'TriggerStartRefused' }>,
  workflowId: string | null,
): ScheduleRow {
  const scheduledAt = data.trigger?.scheduledAt ?? meta.occurredAt;
  const action: RecentAction = { scheduledAt, takenAt: meta.occurredAt, workflowId };
  return { ...row, recent: [...row.recent, action].slice(-RECENT_ACTIONS) };
}
