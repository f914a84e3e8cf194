import { flowAfter, isFlowChange, type FlowRow } from '@flowplane/contracts/read-model';
import { flowKeyOfEvent, type FlowKey, type LoggedEvent } from './logged-event.js';

/** Flows after a batch, by key: those loaded before it, changed and added to by its events. */
export type FlowsFold = {
  readonly rows: Map<FlowKey, FlowRow>;
  /** Keys whose row must be written. */
  readonly changed: Set<FlowKey>;
};

/** Takes one event into the flows table. An event about a flow that is not known changes nothing. */
export function foldFlow(fold: FlowsFold, { offset, message: event }: LoggedEvent): void {
  if (!isFlowChange(event)) return;
  const key = flowKeyOfEvent(event, event.data.flowId);
  const row = flowAfter(fold.rows.get(key), event, offset);
  if (row === undefined) return;
  fold.rows.set(key, row);
  fold.changed.add(key);
}
