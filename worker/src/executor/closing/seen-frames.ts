import {
  attemptAfter,
  frameRank,
  type Frame,
  type NodeAttempt,
  type NodeFrame,
  type NodeStatus,
} from '@flowplane/contracts';

/** What the frames of one node have said so far. */
export type SeenNode = {
  readonly nodeId: string;
  readonly iteration: number;
  readonly rank: number;
  readonly status: NodeStatus;
  readonly reused: boolean;
  readonly attempts: ReadonlyMap<number, NodeAttempt>;
};

/**
 * What this process has seen of the open runs in the runs topic. It only spares frames and adds times to attempts:
 * a run that is not known here (restart, too many runs) is closed just as well.
 */
export type SeenFrames = {
  readonly see: (frame: Frame) => void;
  /** Nodes of a run in the order first seen. */
  readonly of: (executionId: string) => readonly SeenNode[];
};

type Node = { -readonly [K in keyof SeenNode]: SeenNode[K] } & { readonly attempts: Map<number, NodeAttempt> };

/** Attempts kept of one node; a task that is tried for days has many. */
const MAX_ATTEMPTS = 100;

export function makeSeenFrames(maxRuns = 10_000): SeenFrames {
  const runs = new Map<string, Map<string, Node>>();

  const nodesOf = (executionId: string): Map<string, Node> => {
    let nodes = runs.get(executionId);
    if (nodes === undefined) {
      nodes = new Map();
      const oldest = runs.size >= maxRuns ? runs.keys().next().value : undefined;
      if (oldest !== undefined) runs.delete(oldest);
      runs.set(executionId, nodes);
    }
    return nodes;
  };

  return {
    see: (frame) => {
      if (frame.type === 'RunClosed') runs.delete(frame.data.executionId);
      // The run of a sub-flow is closed with its parent.
      else if (frame.type === 'NodeFrame' && frame.data.root === null)
        seeNode(nodesOf(frame.data.executionId), frame.data);
    },
    of: (executionId) => [...(runs.get(executionId)?.values() ?? [])],
  };
}

function seeNode(nodes: Map<string, Node>, frame: NodeFrame): void {
  const { nodeId, iteration, status, reused } = frame;
  const rank = frameRank(frame);
  const key = `${iteration}/${nodeId}`;
  let node = nodes.get(key);
  if (node === undefined) {
    node = { nodeId, iteration, rank, status, reused, attempts: new Map() };
    nodes.set(key, node);
  } else if (rank > node.rank) {
    Object.assign(node, { rank, status, reused });
  }
  // A node that is not executed again makes no attempt.
  if (status !== 'scheduled' && status !== 'skipped' && !reused) seeAttempt(node.attempts, frame);
}

function seeAttempt(attempts: Map<number, NodeAttempt>, frame: NodeFrame): void {
  const before = attempts.get(frame.attemptNumber);
  if (before === undefined && attempts.size >= MAX_ATTEMPTS) return;
  attempts.set(frame.attemptNumber, attemptAfter(before, frame));
}
