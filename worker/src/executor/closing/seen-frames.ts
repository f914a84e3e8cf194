import {
  attemptAfter,
  frameRank,
  type Frame,
  type NodeAttempt,
  type NodeError,
  type NodeFrame,
  type NodeStatus,
  type RunEnding,
} from '@flowplane/contracts';
import { digestOf, type Digest } from './digest.js';

/** What the frames of one node have said so far. */
export type SeenNode = {
  readonly nodeId: string;
  readonly iteration: number;
  readonly rank: number;
  readonly status: NodeStatus;
  /** Attempt that `status` is of. Of two ends of one node the one with the greater attempt counts. */
  readonly attemptNumber: number;
  readonly reused: boolean;
  readonly attempts: ReadonlyMap<number, NodeAttempt>;
  /** A frame said so: the node is a task that was handed to the engine. */
  readonly wasScheduled: boolean;
  readonly error: NodeError | null;
  /** Null also where values are not looked at. */
  readonly input: Digest | null;
  readonly output: Digest | null;
};

/** What a run said of its end; its result is not kept. */
export type SeenEnding = Omit<RunEnding, 'result'> & { readonly result: Digest | null };

/** `nodes`: in the order first seen. `ending`: the last one; undefined also where values are not looked at. */
export type SeenRun = { readonly nodes: readonly SeenNode[]; readonly ending: SeenEnding | undefined };

/**
 * What this process has seen of the open runs in the runs topic. Closing from the history needs it only to spare frames and
 * to add times to attempts: a run that is not known here (restart, too many runs) is closed just as well.
 */
export type SeenFrames = {
  readonly see: (frame: Frame) => void;
  /** As it stands now: what is seen later does not change it. */
  readonly of: (executionId: string) => SeenRun;
  /** Frames may have been missed before `now`, epoch ms. */
  readonly missed: (now: number) => void;
  /** Whether the frames of a run that started then have been followed from its start. */
  readonly isFollowedFrom: (startedAt: number) => boolean;
};

export type SeenFramesOptions = {
  readonly maxRuns?: number;
  /** Look at values as well, and at how a run says that it ends. */
  readonly withValues?: boolean;
};

type Node = { -readonly [K in keyof SeenNode]: SeenNode[K] } & { readonly attempts: Map<number, NodeAttempt> };
type Run = { readonly nodes: Map<string, Node>; ending: SeenEnding | undefined };

/** Attempts kept of one node; a task that is tried for days has many. */
const MAX_ATTEMPTS = 100;

export function makeSeenFrames({ maxRuns = 10_000, withValues = false }: SeenFramesOptions = {}): SeenFrames {
  const runs = new Map<string, Run>();
  let followedSince = Number.POSITIVE_INFINITY;

  const runOf = (executionId: string): Run => {
    let run = runs.get(executionId);
    if (run === undefined) {
      run = { nodes: new Map(), ending: undefined };
      const oldest = runs.size >= maxRuns ? runs.keys().next().value : undefined;
      if (oldest !== undefined) runs.delete(oldest);
      runs.set(executionId, run);
    }
    return run;
  };

  return {
    see: ({ type, data }) => {
      if (type === 'RunClosed') runs.delete(data.executionId);
      // The run of a sub-flow is closed with its parent.
      else if (type === 'NodeFrame' && data.root === null) seeNode(runOf(data.executionId).nodes, data, withValues);
      else if (type === 'RunEnding' && withValues) {
        const result = data.result === null ? null : digestOf(data.result);
        runOf(data.executionId).ending = { ...data, result };
      }
    },
    of: (executionId) => {
      const run = runs.get(executionId);
      const nodes = [...(run?.nodes.values() ?? [])];
      return { nodes: nodes.map((node) => ({ ...node, attempts: new Map(node.attempts) })), ending: run?.ending };
    },
    missed: (now) => {
      followedSince = now;
    },
    isFollowedFrom: (startedAt) => startedAt >= followedSince,
  };
}

function seeNode(nodes: Map<string, Node>, frame: NodeFrame, withValues: boolean): void {
  const { nodeId, iteration, status, attemptNumber, reused, error } = frame;
  const rank = frameRank(frame);
  const key = `${iteration}/${nodeId}`;
  let node = nodes.get(key);
  if (node === undefined) {
    node = {
      ...{ nodeId, iteration, rank: -1, status, attemptNumber, reused, error, attempts: new Map() },
      ...{ wasScheduled: false, input: null, output: null },
    };
    nodes.set(key, node);
  }
  if (rank > node.rank || (rank === node.rank && attemptNumber > node.attemptNumber)) {
    const output = withValues && frame.output !== null ? digestOf(frame.output) : null;
    Object.assign(node, { rank, status, attemptNumber, reused, error, output });
  }
  if (status === 'scheduled') node.wasScheduled = true;
  if (withValues && frame.input !== null) node.input ??= digestOf(frame.input);
  // A node that is not executed again makes no attempt.
  if (status !== 'scheduled' && status !== 'skipped' && !reused) seeAttempt(node.attempts, frame);
}

function seeAttempt(attempts: Map<number, NodeAttempt>, frame: NodeFrame): void {
  const before = attempts.get(frame.attemptNumber);
  if (before === undefined && attempts.size >= MAX_ATTEMPTS) return;
  attempts.set(frame.attemptNumber, attemptAfter(before, frame));
}
