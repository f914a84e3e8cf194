import type { temporal } from '@temporalio/proto';
import type { NodeError } from '@flowplane/contracts';
import { CHILD_NODE_MEMO } from '../../shared/run-input.js';
import type { HistoryEvent } from '../engine/engine.js';
import { timeMs } from './event-time.js';
import { nodeErrorOf } from './failure.js';

type Payload = temporal.api.common.v1.IPayload;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The child run of a sub-flow node, as the history of its parent tells it. Times are epoch milliseconds. `open`: it had
 * not ended when the parent did.
 */
export type SubFlowHistory = {
  /** Text of the node's id, as stored. */
  readonly nodeId: Payload | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly end: 'open' | 'completed' | 'failed' | 'canceled';
  /** The child's `RunResult`, as stored. */
  readonly result: Payload | null;
  readonly error: NodeError | null;
};

/** Takes in what an event says of a child. @param subFlows by the id of the event that asked for the child */
export function readSubFlowEvent(event: HistoryEvent, subFlows: Map<string, Mutable<SubFlowHistory>>): void {
  const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
  if (initiated) {
    subFlows.set(String(event.eventId), {
      nodeId: initiated.memo?.fields?.[CHILD_NODE_MEMO] ?? null,
      startedAt: timeMs(event.eventTime),
      endedAt: null,
      end: 'open',
      result: null,
      error: null,
    });
    return;
  }
  // Its id was taken: the same node asks again under another one.
  const refused = event.startChildWorkflowExecutionFailedEventAttributes;
  if (refused) subFlows.delete(String(refused.initiatedEventId));
  else readEnd(event, subFlows);
}

function readEnd(event: HistoryEvent, subFlows: ReadonlyMap<string, Mutable<SubFlowHistory>>): void {
  const completed = event.childWorkflowExecutionCompletedEventAttributes;
  const failed = event.childWorkflowExecutionFailedEventAttributes;
  const canceled = event.childWorkflowExecutionCanceledEventAttributes;
  const stopped =
    event.childWorkflowExecutionTerminatedEventAttributes ?? event.childWorkflowExecutionTimedOutEventAttributes;
  const ended = completed ?? failed ?? canceled ?? stopped;
  const subFlow = ended && subFlows.get(String(ended.initiatedEventId));
  if (!subFlow) return;
  subFlow.endedAt = timeMs(event.eventTime);
  subFlow.end = completed ? 'completed' : canceled ? 'canceled' : 'failed';
  subFlow.result = completed?.result?.payloads?.[0] ?? null;
  if (failed?.failure) subFlow.error = nodeErrorOf(failed.failure);
}
