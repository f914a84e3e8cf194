import type { FlowNode, NodeStatus } from '@flowplane/contracts';
import { isCancellation, patched, upsertMemo } from '@temporalio/workflow';
import { STANDING_MEMO, type RunNotes, type RunStanding } from '../../shared/run-input.js';
import { RunFault } from './run-fault.js';
import { isSubFlow, type RunSession } from './run-session.js';

/** @returns undefined when there is nothing to note, or nobody to note it for: a sub-flow is not closed by itself */
export function notesOf(session: RunSession): RunNotes | undefined {
  if (isSubFlow(session.run)) return undefined;
  const notes = wholeNotesOf(session);
  return notes.arms.length + notes.reused.length === 0 ? undefined : notes;
}

/**
 * Leaves the progress of the run in its history, when it ends for what it threw without a result: outputs and decisions
 * must outlive it, so that it can be retried from where it failed.
 */
export function leaveStanding(session: RunSession, thrown: unknown): void {
  const ends = thrown instanceof RunFault || isCancellation(thrown);
  if (!ends || isSubFlow(session.run) || !patched('standing-at-the-end')) return;
  upsertMemo({ [STANDING_MEMO]: standingOf(session) });
}

function standingOf(session: RunSession): RunStanding {
  const { plan, state, values } = session;
  const approvals = state.trace.flatMap((nodeId) => {
    const output = values.outputs[nodeId];
    const isApproval = plan.nodes.get(nodeId)?.type === 'approval' && Object.hasOwn(values.outputs, nodeId);
    return isApproval && output !== undefined ? [[nodeId, output] as const] : [];
  });
  return { ...placeOf(session), approvals: approvals as RunStanding['approvals'] };
}

/** Where a run is, and what only it knows of how it came there. */
export function placeOf(session: RunSession): Omit<RunStanding, 'approvals'> {
  const { plan, state } = session;
  const nodeIds = [...state.scopes, ...state.active].map(({ nodeId }) => nodeId);
  return {
    ...wholeNotesOf(session),
    trace: state.trace,
    open: nodeIds.map((nodeId) => [nodeId, openStatus(plan.nodes.get(nodeId)?.type)]),
  };
}

function wholeNotesOf({ state, reuse, arms }: RunSession): RunNotes {
  const active = new Set(state.active.map(({ nodeId }) => nodeId));
  const reused = state.trace.filter((nodeId) => reuse.has(nodeId) && !active.has(nodeId));
  return { arms: [...arms], reused };
}

/** Status of a node that was started and has not ended, where nothing else says so. */
function openStatus(type: FlowNode['type'] | undefined): NodeStatus {
  if (type === 'task') return 'scheduled';
  return type === 'approval' ? 'waiting-approval' : 'started';
}
