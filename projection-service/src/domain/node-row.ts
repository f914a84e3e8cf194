import {
  attemptAfter,
  frameRank,
  givenUp,
  isGivenUp,
  type NodeAttempt,
  type NodeFacts,
  type NodeFrame,
} from '@flowplane/contracts';
import { plainText } from '@flowplane/contracts/read-model';

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

/** A node of the run of a sub-flow, with what its frames say of the place of that run. */
export type SubFlowNodeRow = NodeRow & {
  /** The run at the top. */
  readonly root: string;
  readonly flowId: string;
  /** Of the flow, as text. */
  readonly version: string;
  /** JSON array: the sub-flow nodes that lead from the root to the run. */
  readonly path: string;
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

/**
 * The node after a frame that came too late to count: where that is the failure of an attempt that was taken for given up
 * since the next one had begun, the attempt gets its own error. Everything else stays.
 *
 * @returns undefined where the frame says nothing new
 */
export function toldLate(before: NodeRow | undefined, frame: NodeFrame): NodeRow | undefined {
  if (before === undefined || frame.error === null || frame.reused) return undefined;
  const attempts = JSON.parse(before.attempts) as readonly NodeAttempt[];
  const at = attempts.findIndex(({ attemptNumber }) => attemptNumber === frame.attemptNumber);
  const attempt = attempts[at];
  if (attempt === undefined || !isGivenUp(attempt)) return undefined;
  const told = { ...attemptAfter(attempt, frame), status: attempt.status };
  return { ...before, attempts: JSON.stringify(attempts.with(at, told)) };
}

/** As `nodeAfter`, for a frame of a sub-flow. @throws SyntaxError for facts that are no JSON */
export function subFlowNodeAfter(
  before: NodeRow | undefined,
  root: string,
  frame: NodeFrame,
  place: FramePlace,
): SubFlowNodeRow | undefined {
  const after = nodeAfter(before, frame, place) ?? toldLate(before, frame);
  if (after === undefined) return undefined;
  const { subFlow } = JSON.parse(frame.facts ?? '{}') as NodeFacts;
  const { path = [], version = '' } = subFlow ?? {};
  const pathText = JSON.stringify(path.map(plainText));
  return { ...after, root, flowId: frame.flowId, version: plainText(version), path: pathText };
}

/** Attempts kept of one node, the last ones: one that is tried for days has very many. */
const MAX_ATTEMPTS = 100;

function attemptsAfter(before: NodeRow | undefined, frame: NodeFrame): readonly NodeAttempt[] {
  const earlier = before === undefined ? [] : (JSON.parse(before.attempts) as readonly NodeAttempt[]);
  if (frame.status === 'scheduled' || frame.status === 'skipped' || frame.reused) return earlier;
  const { attemptNumber } = frame;
  const known = earlier.find((attempt) => attempt.attemptNumber === attemptNumber);
  const others = earlier
    .filter((attempt) => attempt.attemptNumber !== attemptNumber)
    .map((attempt) =>
      attempt.status === 'started' && attempt.attemptNumber < attemptNumber ? givenUp(attempt) : attempt,
    );
  return [...others, attemptAfter(known, frame)].slice(-MAX_ATTEMPTS);
}
