import type { temporal } from '@temporalio/proto';
import type { ClosedStatus, NodeError, RunFailure } from '@flowplane/contracts';
import type { HistoryEvent } from '../engine/engine.js';
import { STANDING_MEMO } from '../../shared/run-input.js';
import { timeMs } from './event-time.js';
import { nodeErrorOf, runFailureOf } from './failure.js';
import { readSubFlowEvent, type SubFlowHistory } from './sub-flow-history.js';

type Payload = temporal.api.common.v1.IPayload;

/** How far a task got in the engine. `open`: it had not ended when the run did. */
export type TaskEnd = 'open' | 'completed' | 'failed' | 'timed-out' | 'canceled';

/** One task of a run, as the history tells it. Times are epoch milliseconds; payloads are as stored. */
export type TaskHistory = {
  readonly nodeId: string;
  readonly iteration: number;
  readonly scheduledEventId: string;
  readonly scheduledAt: number;
  readonly input: Payload | null;
  /** Number of the last attempt that is known of; 0: none began. */
  readonly attempt: number;
  /** Of the last attempt. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly end: TaskEnd;
  readonly output: Payload | null;
  readonly error: NodeError | null;
};

export type RunEnd = {
  readonly status: ClosedStatus;
  readonly closedAt: number;
  readonly result: Payload | null;
  readonly failure: RunFailure | null;
  /** Engine run that goes on after a continue-as-new. */
  readonly nextRunId: string | null;
};

/** What one engine run tells. `end` is null while it goes on. */
export type RunHistory = {
  readonly startedAt: number;
  /** Engine run before a continue-as-new. */
  readonly previousRunId: string | null;
  /** The run of a sub-flow node. */
  readonly isChild: boolean;
  readonly memo: Readonly<Record<string, Payload>>;
  /** As the run left them. */
  readonly searchAttributes: Readonly<Record<string, Payload>>;
  /** What the run was started with. */
  readonly input: Payload | null;
  readonly tasks: readonly TaskHistory[];
  readonly subFlows: readonly SubFlowHistory[];
  /** The `RunStanding` it left, if it did. */
  readonly standing: Payload | null;
  readonly end: RunEnd | null;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads a history; pure. Local activities and timers leave nothing in it. */
export function readRunHistory(events: readonly HistoryEvent[]): RunHistory {
  const tasks = new Map<string, Mutable<TaskHistory>>();
  const first = events[0]?.workflowExecutionStartedEventAttributes;
  const subFlows = new Map<string, Mutable<SubFlowHistory>>();
  let standing: Payload | null = null;
  const searchAttributes = { ...first?.searchAttributes?.indexedFields };
  for (const event of events) {
    readTaskEvent(event, tasks);
    readSubFlowEvent(event, subFlows);
    const { upsertedMemo } = event.workflowPropertiesModifiedEventAttributes ?? {};
    standing = upsertedMemo?.fields?.[STANDING_MEMO] ?? standing;
    const upserted = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes;
    Object.assign(searchAttributes, upserted?.indexedFields);
  }
  const last = events.at(-1);
  return {
    startedAt: timeMs(events[0]?.eventTime),
    previousRunId: blankToNull(first?.continuedExecutionRunId),
    isChild: Boolean(first?.parentWorkflowExecution?.workflowId),
    memo: first?.memo?.fields ?? {},
    searchAttributes,
    input: first?.input?.payloads?.[0] ?? null,
    tasks: [...tasks.values()],
    subFlows: [...subFlows.values()],
    standing,
    end: last === undefined ? null : endOf(last),
  };
}

function readTaskEvent(event: HistoryEvent, tasks: Map<string, Mutable<TaskHistory>>): void {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    const eventId = String(event.eventId);
    tasks.set(eventId, {
      ...activityNode(scheduled.activityId ?? ''),
      scheduledEventId: eventId,
      scheduledAt: timeMs(event.eventTime),
      input: scheduled.input?.payloads?.[0] ?? null,
      attempt: 0,
      startedAt: null,
      endedAt: null,
      end: 'open',
      output: null,
      error: null,
    });
    return;
  }
  const started = event.activityTaskStartedEventAttributes;
  if (started) {
    const task = tasks.get(String(started.scheduledEventId));
    if (task === undefined) return;
    task.attempt = started.attempt ?? 1;
    task.startedAt = timeMs(event.eventTime);
    return;
  }
  readTaskEnd(event, tasks);
}

function readTaskEnd(event: HistoryEvent, tasks: Map<string, Mutable<TaskHistory>>): void {
  const completed = event.activityTaskCompletedEventAttributes;
  const failed = event.activityTaskFailedEventAttributes;
  const timedOut = event.activityTaskTimedOutEventAttributes;
  const ended = completed ?? failed ?? timedOut ?? event.activityTaskCanceledEventAttributes;
  if (!ended) return;
  const task = tasks.get(String(ended.scheduledEventId));
  if (task === undefined) return;
  task.endedAt = timeMs(event.eventTime);
  task.end = completed ? 'completed' : failed ? 'failed' : timedOut ? 'timed-out' : 'canceled';
  task.output = completed?.result?.payloads?.[0] ?? null;
  const failure = failed?.failure ?? timedOut?.failure;
  if (failure) task.error = nodeErrorOf(failure);
}

function endOf(event: HistoryEvent): RunEnd | null {
  const closedAt = timeMs(event.eventTime);
  const nothing = { closedAt, result: null, failure: null, nextRunId: null };
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) return { ...nothing, status: 'Completed', result: completed.result?.payloads?.[0] ?? null };
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) return { ...nothing, status: 'Failed', failure: runFailureOf(failed.failure ?? {}) };
  const continued = event.workflowExecutionContinuedAsNewEventAttributes;
  if (continued) {
    return { ...nothing, status: 'ContinuedAsNew', nextRunId: blankToNull(continued.newExecutionRunId) };
  }
  if (event.workflowExecutionTimedOutEventAttributes) return { ...nothing, status: 'TimedOut' };
  if (event.workflowExecutionCanceledEventAttributes) return { ...nothing, status: 'Canceled' };
  if (event.workflowExecutionTerminatedEventAttributes) return { ...nothing, status: 'Terminated' };
  return null;
}

/** An activity id is the node's id; `#n` marks a later iteration. */
export function activityNode(activityId: string): { readonly nodeId: string; readonly iteration: number } {
  const match = /^(.+)#([1-9]\d{0,8})$/s.exec(activityId);
  return match === null
    ? { nodeId: activityId, iteration: 1 }
    : { nodeId: match[1] as string, iteration: Number(match[2]) };
}

const blankToNull = (text: string | null | undefined): string | null => text || null;
