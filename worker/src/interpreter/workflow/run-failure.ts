import { RetryState, TemporalFailure, type ProtoFailure } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { FailureDetail } from '../../shared/run-input.js';
import { TIMEOUT_CODE, TIMEOUT_MESSAGE } from '../timeout.js';
import { RunFault } from './run-fault.js';
import { INPUT_GONE } from './task-options.js';
import { tell, type RunSession } from './run-session.js';

/** What made a node fail, and whether the activity has already reported it itself. */
type NodeFailure = { readonly fault: RunFault; readonly toldByActivity: boolean };

/**
 * Turns what a node threw into the run's failure, and emits the node's `failed` frame unless the activity did.
 *
 * @returns the error to end the run with; a cancellation is returned as it is
 */
export function failNode(session: RunSession, nodeId: string, thrown: unknown): unknown {
  if (isCancellation(thrown) && CancellationScope.current().consideredCancelled) return thrown;
  const failure = nodeFailure(nodeId, thrown);
  if (failure === undefined) return thrown;
  const { fault, toldByActivity } = failure;
  session.failed.set(nodeId, (thrown instanceof ActivityFailure && originOf(thrown)) || fault);
  if (!toldByActivity) {
    const startedAt = session.begun.get(nodeId)?.startedAt ?? null;
    const error = { code: fault.code, message: fault.message };
    tell(session, { nodeId, status: 'failed', startedAt, completedAt: Date.now(), error });
  }
  return fault;
}

/** @returns undefined for what is no failure of a node but a bug: the workflow task fails and is tried again. */
function nodeFailure(nodeId: string, thrown: unknown): NodeFailure | undefined {
  if (thrown instanceof RunFault) return { fault: thrown, toldByActivity: false };
  if (thrown instanceof ApplicationFailure) {
    // A local activity fails with its own error, not wrapped; it emits no frames.
    return { fault: faultOf(nodeId, thrown), toldByActivity: false };
  }
  if (thrown instanceof ChildWorkflowFailure) return { fault: faultOfChild(nodeId, thrown), toldByActivity: false };
  if (!(thrown instanceof ActivityFailure)) return undefined;
  const { cause, retryState } = thrown;
  if (cause instanceof ApplicationFailure) {
    // An attempt cannot know that the engine will find no time for another one.
    return {
      fault: faultOf(nodeId, cause),
      toldByActivity: retryState !== RetryState.TIMEOUT && cause.type !== INPUT_GONE,
    };
  }
  const timedOut = cause instanceof TimeoutFailure;
  const fault = timedOut
    ? new RunFault(nodeId, TIMEOUT_CODE, TIMEOUT_MESSAGE)
    : new RunFault(nodeId, INTERNAL_CODE, cause?.message ?? thrown.message);
  return { fault, toldByActivity: false };
}

const INTERNAL_CODE = 'INTERNAL_ERROR';

/**
 * What the node itself shows: the innermost cause. A task that ran out of time fails its run as timed out, and shows what its
 * last attempt failed with. Read from the engine's own form: the SDK's error of a time-out leaves out what came before it.
 */
function originOf({ cause }: ActivityFailure): Pick<RunFault, 'code' | 'message'> | undefined {
  let found: ProtoFailure | undefined;
  const first = cause instanceof TemporalFailure ? cause.failure : undefined;
  for (let next: ProtoFailure | null | undefined = first; next; next = next.cause) {
    if (next.applicationFailureInfo || next.timeoutFailureInfo) found = next;
  }
  if (found?.timeoutFailureInfo) return { code: TIMEOUT_CODE, message: TIMEOUT_MESSAGE };
  return found && { code: found.applicationFailureInfo?.type || INTERNAL_CODE, message: found.message ?? '' };
}

/** A failed child has a code of its own (flow-language 10.3); one that an operator ended has none. */
function faultOfChild(nodeId: string, { cause, message }: ChildWorkflowFailure): RunFault {
  if (cause instanceof ApplicationFailure) return faultOf(nodeId, cause);
  const how = cause === undefined ? message : `${message}: ${cause.message}`;
  return new RunFault(nodeId, INTERNAL_CODE, `The run of the sub-flow was ended from outside (${how}).`);
}

const faultOf = (nodeId: string, { type, message }: ApplicationFailure): RunFault =>
  type === INPUT_GONE
    ? new RunFault(nodeId, 'PAYLOAD_LOST', 'A value that the run needs is not kept any more.')
    : new RunFault(nodeId, type ?? INTERNAL_CODE, message);

/** The failure the engine records: its type is the code, its first detail the node (run-input.ts). */
export function engineFailure(fault: RunFault): ApplicationFailure {
  const detail: FailureDetail = { nodeId: fault.nodeId };
  const failure = ApplicationFailure.create({
    message: fault.message,
    type: fault.code,
    nonRetryable: true,
    details: [detail],
  });
  // The place in the interpreter tells an author nothing, and would be recorded with every failed run.
  failure.stack = `${failure.name}: ${fault.code} in ${workflowInfo().workflowId}`;
  return failure;
}
