import { isTooLongName, problem, type Problem } from '@flowplane/contracts';
import type { SourceRun } from '../../reads/run-reads.js';

const NODE = 'node:';

/**
 * `retryFrom` of a command from the body's `from`: null for `start`, `failed`, or `node:<id>`. What names nothing
 * becomes a node without an id, which no run has visited; so does an id that is too long to be kept.
 */
export function retryPoint(from: unknown): string | null {
  if (from === undefined || from === null || from === 'start') return null;
  if (from === 'failed') return from;
  const nodeId = typeof from === 'object' && 'nodeId' in from ? from.nodeId : from;
  return NODE + (typeof nodeId === 'string' && !isTooLongName(nodeId) ? nodeId : '');
}

/** Whether a closed source can be retried from there: 409 before 422 (flows-api 6.8). */
export async function retryVerdict(source: SourceRun, retryFrom: string | null): Promise<Problem | null> {
  if (retryFrom === null || !source.closed) return null;
  if (retryFrom === 'failed') {
    const message = 'A completed execution has nothing to run again.';
    return source.status === 'Completed' ? problem('RETRY_NOT_POSSIBLE', { message }) : null;
  }
  const nodeId = retryFrom.slice(NODE.length);
  if ((await source.visited()).has(nodeId)) return null;
  const message =
    nodeId === ''
      ? 'from must be "start", "failed", the id of a node or {"nodeId": "…"}.'
      : `The execution never visited a node ${JSON.stringify(nodeId)}.`;
  return problem('INVALID_RETRY_POINT', { message });
}
