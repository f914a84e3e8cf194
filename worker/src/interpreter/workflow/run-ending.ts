import type { EndingStanding } from '@flowplane/contracts';
import { isCancellation, workflowInfo } from '@temporalio/workflow';
import { cutMessage } from '../../shared/cut-message.js';
import type { RunResult } from '../../shared/run-input.js';
import { frames, type WorkflowEnding } from './frame-sinks.js';
import { RunFault } from './run-fault.js';
import { isSubFlow, type RunSession } from './run-session.js';
import { placeOf } from './standing.js';

/** Says that the run completes. */
export function tellCompleted(session: RunSession, { notes: _notes, ...shown }: RunResult): void {
  tellEnding(session, () => ({ status: 'Completed', failure: null, result: JSON.stringify(shown) }));
}

/** Says that the run ends for what it threw. What is neither a fault nor a cancellation does not end it. */
export function tellThrown(session: RunSession, thrown: unknown): void {
  tellEnding(session, () => {
    if (!(thrown instanceof RunFault)) {
      return { status: isCancellation(thrown) ? 'Canceled' : null, failure: null, result: undefined };
    }
    const { nodeId, code, message } = thrown;
    return { status: 'Failed', failure: { nodeId, code, message: cutMessage(message) }, result: undefined };
  });
}

/** The hint that the run is about to close, and how. The end of a sub-flow is its parent's to tell. */
function tellEnding(session: RunSession, end: () => Pick<WorkflowEnding, 'status' | 'failure' | 'result'>): void {
  const { run, frameRun, execution } = session;
  const { historyLength, unsafe } = workflowInfo();
  // A replay says nothing, so the result need not be written.
  if (frameRun === undefined || isSubFlow(run) || unsafe.isReplaying) return;
  frames.ending(frameRun, {
    ...end(),
    workflowTask: historyLength,
    startedAt: execution.startedAtMs,
    version: execution.version,
    correlationId: run.origin?.correlationId ?? null,
    traceparent: run.origin?.traceparent ?? null,
    standing: JSON.stringify(standingOf(session)),
  });
}

function standingOf(session: RunSession): EndingStanding {
  const failed = [...session.failed].map(([nodeId, { code, message }]) => {
    return [nodeId, { code, message: cutMessage(message) }] as const;
  });
  return { ...placeOf(session), failed };
}
