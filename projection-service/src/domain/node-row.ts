import { frameRank, type NodeAttempt, type NodeFrame } from '@flowplane/contracts';
import { plainText } from './plain-text.js';

/** A node of a run as its frames tell it. `attempts` is the JSON text of `NodeAttempt[]`, `error` that of {message, stack?}. */
export type NodeRow = {
  readonly executionId: string;
  readonly nodeId: string;
  readonly iteration: number;
  readonly tenantId: string;
  readonly workspaceId: string;
  /** Of the last frame that counted (`frameRank`). */
  readonly rank: number;
  readonly status: string;
  readonly reused: boolean;
  readonly attempts: string;
  readonly inputJson: string | null;
  readonly inputRef: string | null;
  readonly outputJson: string | null;
  readonly outputRef: string | null;
  readonly error: string | null;
  readonly firstOffset: number;
  readonly timeMs: number;
};

export type FramePlace = { readonly offset: number; readonly timestamp: number };

export const nodeKeyOf = (node: Pick<NodeRow, 'executionId' | 'nodeId' | 'iteration'>): string =>
  `${node.executionId}/${node.iteration}/${plainText(node.nodeId)}`;

/**
 * The node after one more frame.
 *
 * @returns undefined when the frame goes back in the order of statuses or repeats one: it does not count.
 */
export function nodeAfter(before: NodeRow | undefined, frame: NodeFrame, place: FramePlace): NodeRow | undefined {
  const rank = frameRank(frame);
  if (before !== undefined && rank <= before.rank) return undefined;
  const error = frame.error;
  return {
    executionId: frame.executionId,
    nodeId: plainText(frame.nodeId),
    iteration: frame.iteration,
    tenantId: frame.tenantId,
    workspaceId: frame.workspaceId,
    rank,
    status: frame.status,
    reused: frame.reused || (before?.reused ?? false),
    attempts: JSON.stringify(attemptsAfter(before, frame)),
    inputJson: frame.input?.json ?? before?.inputJson ?? null,
    inputRef: frame.input?.ref ?? before?.inputRef ?? null,
    outputJson: frame.output?.json ?? null,
    outputRef: frame.output?.ref ?? null,
    error:
      error === null
        ? null
        : JSON.stringify({ message: error.message, ...(error.stack === null ? {} : { stack: error.stack }) }),
    firstOffset: before?.firstOffset ?? place.offset,
    timeMs: place.timestamp,
  };
}

function attemptsAfter(before: NodeRow | undefined, frame: NodeFrame): readonly NodeAttempt[] {
  const earlier = before === undefined ? [] : (JSON.parse(before.attempts) as readonly NodeAttempt[]);
  if (frame.status === 'scheduled' || frame.status === 'skipped' || frame.reused) return earlier;
  const known = earlier.find(({ attemptNumber }) => attemptNumber === frame.attemptNumber);
  const attempt: NodeAttempt = {
    status: attemptStatus(frame),
    attemptNumber: frame.attemptNumber,
    startedAt: frame.startedAt ?? known?.startedAt ?? null,
    completedAt: frame.completedAt ?? null,
  };
  return [...earlier.filter(({ attemptNumber }) => attemptNumber !== frame.attemptNumber), attempt];
}

/** A node that is `retrying` has an attempt that failed, or one that has begun. */
function attemptStatus(frame: NodeFrame): NodeAttempt['status'] {
  if (frame.status !== 'retrying') return frame.status;
  return frame.error === null ? 'started' : 'failed';
}
