import type { BranchNode, FlowNode, WaitNode } from '@flowplane/contracts';
import { parseDuration } from '@flowplane/contracts/flow/duration';
import { sleep } from '@temporalio/workflow';
import type { Settled } from '../../planner/index.js';
import type { ReusedNode } from '../../shared/run-input.js';
import { close } from './approval-inbox.js';
import { evaluated } from './evaluated.js';
import { performApproval } from './perform-approval.js';
import { performSubFlow } from './perform-sub-flow.js';
import { performTask } from './perform-task.js';
import { invalidDuration } from './run-fault.js';
import { begin, endDecided, keepOutput, noteBegun, tellBegun, tellReused, type RunSession } from './run-session.js';

/**
 * Performs a node that is no composite, from its start (or from where a continued run left it) to its end.
 *
 * @throws RunFault and what activities and timers throw; a cancellation of the run among them
 */
export function performNode(session: RunSession, node: FlowNode): Promise<Settled> {
  const reused = session.reuse.get(node.id);
  if (reused !== undefined) return performReused(session, node, reused);
  switch (node.type) {
    case 'task':
      return performTask(session, node);
    case 'wait':
      return performWait(session, node);
    case 'branch':
      return performBranch(session, node);
    case 'approval':
      return performApproval(session, node);
    case 'sub-flow':
      return performSubFlow(session, node);
    case 'sequence':
    case 'parallel':
      throw new Error(`'${node.id}' is a composite: the planner walks it`);
  }
}

async function performWait(session: RunSession, { id: nodeId, duration }: WaitNode): Promise<Settled> {
  const begun = noteBegun(session, nodeId);
  let dueAt = begun.dueAt;
  if (dueAt === null) {
    // Emitted once the due time is known. Not in a function: one more await could change the order of commands.
    try {
      dueAt = begun.startedAt + (await waitMs(session, nodeId, duration));
    } catch (thrown) {
      tellBegun(session, begun, 'started');
      throw thrown;
    }
    session.begun.set(nodeId, { ...begun, dueAt });
    tellBegun(session, begun, 'started', { facts: { dueAt } });
  }
  const leftMs = dueAt - Date.now();
  if (leftMs > 0) await sleep(leftMs);
  endDecided(session, nodeId, {});
  return { nodeId };
}

async function waitMs(session: RunSession, nodeId: string, duration: string): Promise<number> {
  if (duration.includes('${{')) {
    const result = await evaluated(session, nodeId, { kind: 'duration', template: duration });
    if (result.kind === 'duration') return result.durationMs;
  }
  const ms = parseDuration(duration);
  if (ms === undefined) throw invalidDuration(nodeId, duration);
  return ms;
}

async function performBranch(session: RunSession, node: BranchNode): Promise<Settled> {
  begin(session, node.id, 'started');
  const result = await evaluated(session, node.id, { kind: 'arms', whens: node.arms.map(({ when }) => when) });
  const arm = result.kind === 'arms' ? result.armIndex : -1;
  endDecided(session, node.id, { arm });
  session.arms.set(node.id, arm);
  return { nodeId: node.id, target: targetOf(node, arm) };
}

/** Where the chain goes on behind a branch. @param arm index of the deciding arm, -1: none was true */
const targetOf = (node: BranchNode, arm: number): string | undefined => node.arms[arm]?.next ?? node.default;

/**
 * A node that completed in the source of this retry: its output enters the state, nothing runs (flow-language 11.4).
 */
async function performReused(session: RunSession, node: FlowNode, { output, arm }: ReusedNode): Promise<Settled> {
  const { id: nodeId } = node;
  if (output !== null) keepOutput(session, nodeId, output);
  tellReused(session, nodeId, output);
  if (node.type === 'approval') session.inbox = close(session.inbox, nodeId);
  if (node.type !== 'branch') return { nodeId };
  session.arms.set(nodeId, arm ?? -1);
  return { nodeId, target: targetOf(node, arm ?? -1) };
}
