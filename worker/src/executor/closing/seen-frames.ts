import {
  attemptAfter,
  frameRank,
  type Frame,
  type NodeAttempt,
  type NodeError,
  type NodeFrame,
  type NodeStatus,
  type RunEnding,
  type StoredValue,
} from '@flowplane/contracts';
import { digestOf, type SeenValue } from './digest.js';

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
  readonly input: SeenValue | null;
  readonly output: SeenValue | null;
  /** Offset of its first frame. */
  readonly firstOffset: number;
};

/** What a run said of its end. */
export type SeenEnding = Omit<RunEnding, 'result'> & { readonly result: SeenValue | null };

/** `nodes`: in the order first seen. `ending`: the last one; undefined also where values are not looked at. */
export type SeenRun = { readonly nodes: readonly SeenNode[]; readonly ending: SeenEnding | undefined };

/**
 * What this process has seen of the open runs in the runs topic. Closing from the history needs it only to spare frames and
 * to add times to attempts: a run that is not known here (restart, too many runs) is closed just as well. Closing from the
 * journal needs all of it, and reads the history where it is not there.
 */
export type SeenFrames = {
  readonly see: (frame: Frame, offset: number) => void;
  /** As it stands now: what is seen later does not change it. */
  readonly of: (executionId: string) => SeenRun;
  /** Frames may have been missed before `now`, epoch ms. */
  readonly missed: (now: number) => void;
  /** Whether the frames of a run that started then have been followed from its start. */
  readonly isFollowedFrom: (startedAt: number) => boolean;
};

export type SeenFramesOptions = {
  readonly maxRuns?: number;
  /** Bytes of values that are kept; beyond them the runs that began first are forgotten. */
  readonly maxBytes?: number;
  /** What is kept of values, and of how a run says that it ends; default: nothing. */
  readonly values?: KeptValues;
};
export type KeptValues = 'none' | 'digests' | 'whole';

type Node = { -readonly [K in keyof SeenNode]: SeenNode[K] } & { readonly attempts: Map<number, NodeAttempt> };
type Run = { readonly nodes: Map<string, Node>; ending: SeenEnding | undefined; bytes: number };
type Keep = (value: StoredValue | null) => SeenValue | null;

const MAX_RUNS = 10_000;
/** Characters of JSON; the rest of what is kept of a run is small. */
export const MAX_VALUE_BYTES = 64 * 1024 * 1024;
/** Attempts kept of one node; a task that is tried for days has many. */
const MAX_ATTEMPTS = 100;

export function makeSeenFrames(options: SeenFramesOptions = {}): SeenFrames {
  const { maxRuns = MAX_RUNS, maxBytes = MAX_VALUE_BYTES, values = 'none' } = options;
  const runs = new Map<string, Run>();
  let bytes = 0;
  let followedSince = Number.POSITIVE_INFINITY;

  const forget = (executionId: string): void => {
    bytes -= runs.get(executionId)?.bytes ?? 0;
    runs.delete(executionId);
  };
  const runOf = (executionId: string): Run => {
    let run = runs.get(executionId);
    if (run === undefined) {
      run = { nodes: new Map(), ending: undefined, bytes: 0 };
      const oldest = runs.size >= maxRuns ? runs.keys().next().value : undefined;
      if (oldest !== undefined) forget(oldest);
      runs.set(executionId, run);
    }
    return run;
  };

  /** What is kept of a value of a run. A value that another one follows is counted until the run is forgotten. */
  const keeperOf =
    (run: Run): Keep =>
    (value) => {
      if (value === null || values === 'none') return null;
      if (values === 'digests') return digestOf(value);
      const size = value.json?.length ?? 0;
      run.bytes += size;
      bytes += size;
      return value;
    };
  const makeRoom = (): void => {
    for (const oldest of runs.keys()) {
      if (bytes <= maxBytes) return;
      forget(oldest);
    }
  };

  return {
    see: ({ type, data }, offset) => {
      if (type === 'RunClosed') forget(data.executionId);
      // The run of a sub-flow is closed with its parent.
      else if (type === 'NodeFrame' && data.root === null) {
        const run = runOf(data.executionId);
        seeNode(run.nodes, data, offset, keeperOf(run));
      } else if (type === 'RunEnding' && values !== 'none') {
        const run = runOf(data.executionId);
        const keep = keeperOf(run);
        if (values === 'whole') keep(data.standing);
        run.ending = { ...data, result: keep(data.result) };
      }
      makeRoom();
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

function seeNode(nodes: Map<string, Node>, frame: NodeFrame, offset: number, keep: Keep): void {
  const { nodeId, iteration, status, attemptNumber, reused, error } = frame;
  const rank = frameRank(frame);
  const key = `${iteration}/${nodeId}`;
  let node = nodes.get(key);
  if (node === undefined) {
    node = {
      ...{ nodeId, iteration, rank: -1, status, attemptNumber, reused, error, attempts: new Map() },
      ...{ wasScheduled: false, input: null, output: null, firstOffset: offset },
    };
    nodes.set(key, node);
  }
  if (rank > node.rank || (rank === node.rank && attemptNumber > node.attemptNumber)) {
    Object.assign(node, { rank, status, attemptNumber, reused, error, output: keep(frame.output) });
  }
  if (status === 'scheduled') node.wasScheduled = true;
  node.input ??= keep(frame.input);
  // A node that is not executed again makes no attempt.
  if (status !== 'scheduled' && status !== 'skipped' && !reused) seeAttempt(node.attempts, frame);
}

function seeAttempt(attempts: Map<number, NodeAttempt>, frame: NodeFrame): void {
  const before = attempts.get(frame.attemptNumber);
  if (before === undefined && attempts.size >= MAX_ATTEMPTS) return;
  attempts.set(frame.attemptNumber, attemptAfter(before, frame));
}
