import type { temporal } from '@temporalio/proto';
import type { NodeError } from '@flowplane/contracts';
import { TASK_MOVED } from '../../shared/moved-task.js';
import type { HistoryEvent } from '../engine/engine.js';
import { timeMs } from './event-time.js';
import { nodeErrorOf } from './failure.js';

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
  /** What the attempt before the last one failed with; null where there was none, or it is not known. */
  readonly errorBefore: NodeError | null;
};

type ReadTask = { -readonly [K in keyof TaskHistory]: TaskHistory[K] } & {
  readonly activityId: string;
  /** Of a task that was moved (`moved-task.ts`): the attempts before, which the engine does not count any more. */
  readonly attemptsBefore: number;
};

/** Takes in what the events of a run say of its tasks, in their order. */
export type TaskReader = {
  readonly take: (event: HistoryEvent) => void;
  /** In the order in which they were scheduled, one for each time a node was performed. */
  readonly all: () => readonly TaskHistory[];
};

export function makeTaskReader(): TaskReader {
  /** By the id of the event that scheduled them. */
  const tasks = new Map<string, ReadTask>();
  /** Those that were moved and wait to be scheduled again, by activity id. */
  const moved = new Map<string, ReadTask>();

  const takeScheduled = (event: HistoryEvent): void => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const scheduledEventId = String(event.eventId);
    const activityId = scheduled?.activityId ?? '';
    const before = moved.get(activityId);
    if (before !== undefined) tasks.delete(before.scheduledEventId);
    moved.delete(activityId);
    const attemptsBefore = before?.attempt ?? 0;
    tasks.set(scheduledEventId, {
      ...activityNode(activityId),
      activityId,
      scheduledEventId,
      scheduledAt: before?.scheduledAt ?? timeMs(event.eventTime),
      input: scheduled?.input?.payloads?.[0] ?? null,
      attempt: attemptsBefore,
      attemptsBefore,
      startedAt: null,
      endedAt: null,
      end: 'open',
      output: null,
      error: null,
      errorBefore: null,
    });
  };
  const takeEnd = (event: HistoryEvent): void => {
    const completed = event.activityTaskCompletedEventAttributes;
    const failed = event.activityTaskFailedEventAttributes;
    const timedOut = event.activityTaskTimedOutEventAttributes;
    const ended = completed ?? failed ?? timedOut ?? event.activityTaskCanceledEventAttributes;
    const task = ended && tasks.get(String(ended.scheduledEventId));
    if (!task) return;
    const failure = failed?.failure ?? timedOut?.failure;
    if (failure?.applicationFailureInfo?.type === TASK_MOVED) {
      // Nothing was done in that attempt.
      task.attempt -= 1;
      task.startedAt = null;
      task.errorBefore = null;
      moved.set(task.activityId, task);
      return;
    }
    task.endedAt = timeMs(event.eventTime);
    task.end = completed ? 'completed' : failed ? 'failed' : timedOut ? 'timed-out' : 'canceled';
    task.output = completed?.result?.payloads?.[0] ?? null;
    if (failure) task.error = nodeErrorOf(failure);
  };
  return {
    take: (event) => {
      const started = event.activityTaskStartedEventAttributes;
      if (event.activityTaskScheduledEventAttributes) takeScheduled(event);
      else if (!started) takeEnd(event);
      else {
        const task = tasks.get(String(started.scheduledEventId));
        if (task === undefined) return;
        task.attempt = task.attemptsBefore + (started.attempt ?? 1);
        task.startedAt = timeMs(event.eventTime);
        task.errorBefore = started.lastFailure ? nodeErrorOf(started.lastFailure) : null;
      }
    },
    all: () => [...tasks.values()].map(({ activityId: _id, attemptsBefore: _before, ...task }) => task),
  };
}

/** An activity id is the node's id; `#n` marks a later iteration. */
export function activityNode(activityId: string): { readonly nodeId: string; readonly iteration: number } {
  const match = /^(.+)#([1-9]\d{0,8})$/s.exec(activityId);
  return match === null
    ? { nodeId: activityId, iteration: 1 }
    : { nodeId: match[1] as string, iteration: Number(match[2]) };
}
