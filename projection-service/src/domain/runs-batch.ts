import { frameKey, streamLine, type Frame } from '@flowplane/contracts';
import {
  nodeAfter,
  nodeKeyOf,
  subFlowNodeAfter,
  toldLate,
  type FramePlace,
  type NodeRow,
  type SubFlowNodeRow,
} from './node-row.js';

/** A frame with its place in the runs topic; `timestamp` is that of the record, epoch milliseconds. */
export type LoggedFrame = FramePlace & { readonly message: Frame };

export type FrameRow = {
  readonly executionId: string;
  readonly logOffset: number;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly type: string;
  readonly data: string;
  readonly timeMs: number;
};

/** What the tables hold, before a batch, of the runs it is about. */
export type RunsKnown = {
  readonly nodes: ReadonlyMap<string, NodeRow>;
  /** Of the runs of sub-flows, without what never changes of them. */
  readonly subFlowNodes: ReadonlyMap<string, NodeRow>;
  /** Runs whose closing frame is stored: nothing comes after it. */
  readonly ended: ReadonlySet<string>;
};

export type RunsChanges = {
  readonly frames: readonly FrameRow[];
  readonly nodes: readonly NodeRow[];
  readonly subFlowNodes: readonly SubFlowNodeRow[];
};

/**
 * Folds a batch of frames, in log order per run. Not stored: hints, frames behind the closing one, and node frames
 * that go back in the order of statuses. A run ends for all sub-flows below it. Pure.
 */
export function foldRuns(batch: readonly LoggedFrame[], known: RunsKnown): RunsChanges {
  const ended = new Set(known.ended);
  const nodes = new Map<string, NodeRow>();
  const subFlowNodes = new Map<string, SubFlowNodeRow>();
  const frames: FrameRow[] = [];
  for (const logged of batch) {
    const { message: frame, offset, timestamp } = logged;
    if (ended.has(frameKey(frame))) continue;
    if (frame.type === 'RunClosed') ended.add(frame.data.executionId);
    if (frame.type === 'NodeFrame' && frame.data.root !== null) {
      const key = nodeKeyOf(frame.data);
      const before = subFlowNodes.get(key) ?? known.subFlowNodes.get(key);
      const after = subFlowNodeAfter(before, frame.data.root, frame.data, logged);
      if (after !== undefined) subFlowNodes.set(key, after);
      continue;
    }
    if (frame.type === 'NodeFrame') {
      const key = nodeKeyOf(frame.data);
      const before = nodes.get(key) ?? known.nodes.get(key);
      const after = nodeAfter(before, frame.data, logged);
      const row = after ?? toldLate(before, frame.data);
      if (row !== undefined) nodes.set(key, row);
      if (after === undefined) continue;
    }
    const line = streamLine(frame, offset);
    if (line === undefined) continue;
    const { executionId, tenantId, workspaceId } = frame.data;
    frames.push({ executionId, logOffset: offset, tenantId, workspaceId, ...line, timeMs: timestamp });
  }
  return { frames, nodes: [...nodes.values()], subFlowNodes: [...subFlowNodes.values()] };
}
