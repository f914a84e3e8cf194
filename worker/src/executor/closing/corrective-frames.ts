import {
  frameRank,
  NO_LATER_MEMBERS,
  type FinalNode,
  type FlowDefinition,
  type Frame,
  type NodeFrame,
  type NodeStatus,
} from '@flowplane/contracts';

export type RunRef = Pick<NodeFrame, 'executionId' | 'tenantId' | 'workspaceId' | 'flowId'>;

/** A node of the final table, and the rank of the last frame seen of it. */
export type ReconciledNode = { readonly node: FinalNode; readonly seenRank: number | undefined };

/**
 * Frames that the final node table has and the runs topic was not seen to have, in the order of flows-api 9.5. What is
 * repeated for want of knowledge is dropped by every reader.
 *
 * @param skipped ids of the nodes never visited, of a run that completed
 * @param nowMs epoch milliseconds
 */
export function correctiveFrames(
  run: RunRef,
  definition: FlowDefinition | undefined,
  nodes: readonly ReconciledNode[],
  skipped: readonly string[],
  nowMs: number,
): readonly Frame[] {
  const types = new Map(definition?.nodes.map((node) => [node.id, node.type]));
  const missing = nodes.flatMap(({ node, seenRank }) => {
    const isApproval = types.get(node.nodeId) === 'approval';
    return lifeOf(run, node, isApproval, nowMs).filter((frame) => frameRank(frame) > (seenRank ?? -1));
  });
  const never = skipped.map((nodeId) => ({ ...blank(run, nodeId, 1, nowMs), status: 'skipped' as const }));
  return [...missing, ...never].map((data) => ({ type: 'NodeFrame', data }));
}

/** The frames of a node's life that its row tells: its beginning, its last attempt, its end. */
function lifeOf(run: RunRef, node: FinalNode, isApproval: boolean, nowMs: number): readonly NodeFrame[] {
  const start = { ...blank(run, node.nodeId, node.iteration, nowMs), reused: node.reused };
  const last = node.attempts.at(-1);
  const frames: NodeFrame[] = [];
  if (node.scheduledEventId !== null) frames.push(start);
  if (last !== undefined && !node.reused) {
    const status = isApproval ? 'waiting-approval' : last.attemptNumber > 1 ? 'retrying' : 'started';
    const { attemptNumber, startedAt } = last;
    frames.push({ ...start, status, attemptNumber, startedAt, input: node.input });
  }
  if (isEnd(node.status)) {
    const { status, output, error } = node;
    const { attemptNumber = 1, startedAt = null, completedAt = null } = last ?? {};
    frames.push({ ...start, status, attemptNumber, startedAt, completedAt, output, error });
  }
  return frames;
}

const isEnd = (status: NodeStatus): boolean => status === 'completed' || status === 'failed';

function blank(run: RunRef, nodeId: string, iteration: number, nowMs: number): NodeFrame {
  return {
    ...run,
    nodeId,
    iteration,
    status: 'scheduled',
    attemptNumber: 1,
    startedAt: null,
    completedAt: null,
    reused: false,
    input: null,
    output: null,
    error: null,
    emittedAt: nowMs,
    ...NO_LATER_MEMBERS,
  };
}
