import type { HistoryEvent } from './engine.js';

/** True for the event that ends an engine run, whichever way. */
export function isRunEnd(event: HistoryEvent | undefined): boolean {
  if (event === undefined) return false;
  return [
    event.workflowExecutionCompletedEventAttributes,
    event.workflowExecutionFailedEventAttributes,
    event.workflowExecutionTimedOutEventAttributes,
    event.workflowExecutionCanceledEventAttributes,
    event.workflowExecutionTerminatedEventAttributes,
    event.workflowExecutionContinuedAsNewEventAttributes,
  ].some((attributes) => attributes !== undefined && attributes !== null);
}
