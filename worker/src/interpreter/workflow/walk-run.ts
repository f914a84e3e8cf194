import { workflowInfo } from '@temporalio/workflow';
import { planNext, type PlanStep, type Settled } from '../../planner/index.js';
import { performNode } from './perform-node.js';
import { failNode } from './run-failure.js';
import { RunFault } from './run-fault.js';
import { begin, end, isHistoryFull, isIdle, type RunSession } from './run-session.js';

export type WalkEnd = 'completed' | 'continue-as-new';

/**
 * Walks the run from where its session stands to its end, or to the point from which it should continue as new.
 * The first node that fails ends it: closing the run, the engine drops its timers and tells its attempts and children.
 *
 * Written with few promises: the SDK records a stack trace for each one that workflow code makes.
 *
 * @throws RunFault, or the cancellation of the run
 */
export function walkRun(session: RunSession): Promise<WalkEnd> {
  return new Promise((resolve, reject) => walkOn(session, resolve, reject));
}

function walkOn(session: RunSession, resolve: (end: WalkEnd) => void, reject: (reason: unknown) => void): void {
  const launch = (nodeId: string): void => {
    const node = session.plan.nodes.get(nodeId);
    if (node === undefined) return;
    // A wait or an approval is carried over by its due time, see `RunProgress.begun`.
    if (node.type !== 'wait' && node.type !== 'approval') session.busy.add(nodeId);
    performNode(session, node).then(advance, (thrown: unknown) => reject(failNode(session, nodeId, thrown)));
  };
  const advance = (settled: Settled): void => {
    session.busy.delete(settled.nodeId);
    try {
      take(planNext(session.plan, session.state, settled));
    } catch (bug) {
      reject(bug);
    }
  };
  const take = (step: PlanStep): void => {
    session.state = step.run;
    const ready = tellComposites(session, step);
    if (step.unknown !== undefined) return reject(unknownNode(step.unknown));
    if (step.run.ended) return resolve('completed');
    if (workflowInfo().continueAsNewSuggested && isIdle(session)) return resolve('continue-as-new');
    if (isHistoryFull()) return;
    for (const nodeId of ready) launch(nodeId);
  };
  session.leaveIfIdle = () => {
    if (isIdle(session)) resolve('continue-as-new');
  };
  if (session.state.trace.length === 0) take(planNext(session.plan, session.state));
  else for (const { nodeId } of session.state.active) launch(nodeId);
}

/** Emits the frames of composites and returns the nodes to perform, in order. */
function tellComposites(session: RunSession, step: PlanStep): readonly string[] {
  const ready: string[] = [];
  for (const { kind, nodeId } of step.changes) {
    const type = session.plan.nodes.get(nodeId)?.type;
    if (kind === 'end') end(session, nodeId);
    else if (type === 'sequence' || type === 'parallel') begin(session, nodeId, 'started');
    else ready.push(nodeId);
  }
  return ready;
}

function unknownNode({ nodeId, target }: { readonly nodeId: string; readonly target: string }): RunFault {
  return new RunFault(nodeId, 'UnknownNode', `Node '${nodeId}' leads to unknown node '${target}'.`);
}
