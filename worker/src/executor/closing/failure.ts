import type { temporal } from '@temporalio/proto';
import type { NodeError, RunFailure } from '@flowplane/contracts';
import { cutMessage } from '../../shared/cut-message.js';

type Failure = temporal.api.failure.v1.IFailure;

const TIMED_OUT: Pick<NodeError, 'code' | 'message'> = { code: 'TIMEOUT', message: 'Activity timed out' };

/** The failure that says what went wrong: the innermost cause that has a code of its own, or is a timeout. */
function origin(failure: Failure): Failure {
  let found = failure;
  for (let next: Failure | null | undefined = failure; next; next = next.cause) {
    if (next.applicationFailureInfo || next.timeoutFailureInfo) found = next;
  }
  return found;
}

/** Code and message of a failure; an attempt beyond its time reads as the contract words it. */
export function nodeErrorOf(failure: Failure): NodeError {
  const from = origin(failure);
  // The engine's stack names our own files: no use to the author of a flow.
  if (from.timeoutFailureInfo) return { ...TIMED_OUT, stack: null };
  return {
    code: from.applicationFailureInfo?.type || 'INTERNAL_ERROR',
    message: cutMessage(from.message),
    stack: null,
  };
}

/**
 * `failure` of a run (flow-language 11.3). What the interpreter ends a run with says it all; without it (a fault of the
 * engine or of our code) the innermost cause does.
 */
export function runFailureOf(failure: Failure): RunFailure {
  const own = failure.applicationFailureInfo;
  const { code, message } = own?.type ? { code: own.type, message: cutMessage(failure.message) } : nodeErrorOf(failure);
  return { nodeId: nodeIdOf(failure), code: code ?? 'INTERNAL_ERROR', message };
}

function nodeIdOf(failure: Failure): string | null {
  for (let next: Failure | null | undefined = failure; next; next = next.cause) {
    const detail = detailNodeId(next.applicationFailureInfo?.details?.payloads?.[0]?.data);
    if (detail !== undefined) return detail;
    const activityId = next.activityFailureInfo?.activityId;
    if (activityId) return activityId.replace(/#[1-9]\d{0,8}$/, '');
  }
  return null;
}

/** The first detail is `{"nodeId": …}` (run-input: FailureDetail); details are small, so they are never by reference. */
function detailNodeId(data: Uint8Array | null | undefined): string | null | undefined {
  if (!data) return undefined;
  try {
    const detail: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    if (typeof detail !== 'object' || detail === null || !('nodeId' in detail)) return undefined;
    return typeof detail.nodeId === 'string' ? detail.nodeId : null;
  } catch {
    return undefined;
  }
}
