import type { RunNode, RunPlan } from './run-plan.js';
import { statusName } from './status-names.js';

/** Why a node failed (provisioning 8.3). */
export type NodeFailure = {
  readonly class: 'WorkflowStepException' | 'FlowFrameworkException' | 'TimeoutException';
  /** Not shown of a time-out. */
  readonly message: string;
  /** HTTP status. */
  readonly status: number;
};

/** How far the nodes of a run are, by id. A node that is absent has not started. */
export type RunProgress = Readonly<
  Record<string, { readonly state: 'running' | 'done' } | { readonly state: 'failed'; readonly failure: NodeFailure }>
>;

/** Of a run that has not begun; to be filled in. Without a prototype, since a node may be called as one's members are. */
export const emptyProgress = (): { [id: string]: RunProgress[string] } =>
  Object.create(null) as { [id: string]: RunProgress[string] };

/**
 * Nodes to start now: all they depend on is done, and they have not started. Of a node that failed no descendant ever
 * starts; all others go on (provisioning 8.2).
 */
export function readyNodes(plan: RunPlan, progress: RunProgress): readonly RunNode[] {
  return plan.nodes.filter(
    ({ id, dependsOn }) => !Object.hasOwn(progress, id) && dependsOn.every((before) => isDone(progress, before)),
  );
}

const isDone = (progress: RunProgress, id: string): boolean =>
  Object.hasOwn(progress, id) && progress[id]?.state === 'done';

export type RunError = {
  readonly nodeId: string;
  /** Status of the answer of a synchronous request. */
  readonly status: number;
  /** `error` of the state. */
  readonly message: string;
};

/** The error of a run: that of the first failed node in topological order; undefined when no node failed. */
export function errorOfRun(plan: RunPlan, progress: RunProgress): RunError | undefined {
  for (const { id } of plan.nodes) {
    const node = Object.hasOwn(progress, id) ? progress[id] : undefined;
    if (node?.state === 'failed') {
      const failure = node.failure.class === 'TimeoutException' ? { ...node.failure, status: 500 } : node.failure;
      return { nodeId: id, status: failure.status, message: errorText(plan.kind, id, failure) };
    }
  }
  return undefined;
}

function errorText(kind: RunPlan['kind'], nodeId: string, failure: NodeFailure): string {
  const status = `restStatus: ${statusName(failure.status)}`;
  const during = `during step ${nodeId}`;
  if (failure.class === 'TimeoutException') {
    return `${failure.class} ${during}, ${status}`;
  }
  return kind === 'reprovision'
    ? `${failure.message === '' ? failure.class : failure.message} ${during}, ${status}`
    : `${failure.class} ${during}, ${failure.message}, ${status}`;
}
