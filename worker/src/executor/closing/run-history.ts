import type { temporal } from '@temporalio/proto';
import type { ClosedStatus, RunFailure } from '@flowplane/contracts';
import type { HistoryEvent } from '../engine/engine.js';
import { STANDING_MEMO } from '../../shared/run-input.js';
import { timeMs } from './event-time.js';
import { runFailureOf } from './failure.js';
import { readSubFlowEvent, type SubFlowHistory } from './sub-flow-history.js';
import { makeTaskReader, type TaskHistory } from './task-history.js';

type Payload = temporal.api.common.v1.IPayload;

export type RunEnd = {
  readonly status: ClosedStatus;
  readonly closedAt: number;
  readonly result: Payload | null;
  readonly failure: RunFailure | null;
  /** Event id of the workflow task that the run ended with its answer to; null: it was ended from outside. */
  readonly workflowTask: number | null;
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
  const tasks = makeTaskReader();
  const first = events[0]?.workflowExecutionStartedEventAttributes;
  const subFlows = new Map<string, Mutable<SubFlowHistory>>();
  let standing: Payload | null = null;
  const searchAttributes = { ...first?.searchAttributes?.indexedFields };
  for (const event of events) {
    tasks.take(event);
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
    tasks: tasks.all(),
    subFlows: [...subFlows.values()],
    standing,
    end: last === undefined ? null : runEndOf(last),
  };
}

/** @returns null for an event that ends no engine run */
export function runEndOf(event: HistoryEvent): RunEnd | null {
  const closedAt = timeMs(event.eventTime);
  const completed = event.workflowExecutionCompletedEventAttributes;
  const failed = event.workflowExecutionFailedEventAttributes;
  const canceled = event.workflowExecutionCanceledEventAttributes;
  const answered = (completed ?? failed ?? canceled)?.workflowTaskCompletedEventId;
  // The answer to a workflow task follows its start at once.
  const workflowTask = answered ? Number(answered) - 1 : null;
  const nothing = { closedAt, result: null, failure: null, workflowTask, nextRunId: null };
  if (completed) return { ...nothing, status: 'Completed', result: completed.result?.payloads?.[0] ?? null };
  if (failed) return { ...nothing, status: 'Failed', failure: runFailureOf(failed.failure ?? {}) };
  const continued = event.workflowExecutionContinuedAsNewEventAttributes;
  if (continued) {
    return { ...nothing, status: 'ContinuedAsNew', nextRunId: blankToNull(continued.newExecutionRunId) };
  }
  if (event.workflowExecutionTimedOutEventAttributes) return { ...nothing, status: 'TimedOut' };
  if (canceled) return { ...nothing, status: 'Canceled' };
  if (event.workflowExecutionTerminatedEventAttributes) return { ...nothing, status: 'Terminated' };
  return null;
}

const blankToNull = (text: string | null | undefined): string | null => text || null;
