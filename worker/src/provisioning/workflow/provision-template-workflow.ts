import type { JsonObject, NodeFailure, RunNode, RunProgress } from '@flowplane/contracts';
import { errorOfRun, readyNodes } from '@flowplane/contracts/templates/run-progress';
import { CancellationScope } from '@temporalio/workflow';
import type { ProvisionRun, StepRequest } from '../run.js';
import { lookForResource, reportProvisioned, runProvisioningStep, type Unsure } from './activities.js';
import { isLeftOpen, nodeFailure } from './step-failures.js';

/**
 * Provisions a template (provisioning 8): every node whose predecessors are done runs, a failure takes its descendants
 * with it, and nothing is rolled back. The end is reported to the log, also when the run was cancelled. Changing the order
 * of its commands needs a patch.
 */
export async function ProvisionTemplateWorkflow(run: ProvisionRun): Promise<void> {
  const { plan } = run;
  const progress: { -readonly [Id in keyof RunProgress]: RunProgress[Id] } = {};
  const outputs = new Map<string, JsonObject>();
  const unsure: Unsure[] = [];
  const open = new Map<string, Promise<void>>();
  const scope = CancellationScope.current();

  const perform = async (node: RunNode): Promise<void> => {
    const request = requestOf(run, node, outputs);
    const sinceMs = Date.now();
    try {
      const put = node.action === 'keep' ? (node.outputs ?? {}) : await runProvisioningStep(request);
      outputs.set(node.id, put);
      progress[node.id] = { state: 'done' };
    } catch (thrown) {
      progress[node.id] = { state: 'failed', failure: nodeFailure(thrown) satisfies NodeFailure };
      if (!node.repeatable && isLeftOpen(thrown)) {
        unsure.push(await CancellationScope.nonCancellable(() => lookForResource({ ...request, sinceMs })));
      }
    }
  };

  for (;;) {
    const ready = scope.consideredCancelled ? [] : readyNodes(plan, progress);
    for (const node of ready) {
      progress[node.id] = { state: 'running' };
      // A node that is kept is done before its promise is here.
      const ended = perform(node).finally(() => open.delete(node.id));
      open.set(node.id, ended);
    }
    if (open.size === 0) break;
    await Promise.race(open.values());
  }
  await CancellationScope.nonCancellable(() => reportProvisioned(run, endOf(run, progress, unsure, scope)));
}

function requestOf(run: ProvisionRun, node: RunNode, outputs: ReadonlyMap<string, JsonObject>): StepRequest {
  const { envelope, origin, secretIds, taskPollMs, plan } = run;
  const { userParams, parameters } = plan;
  const before = node.predecessors.map((id): [string, JsonObject] => [id, outputs.get(id) ?? {}]);
  return { envelope, origin, secretIds, taskPollMs, userParams, parameters, node, outputs: Object.fromEntries(before) };
}

const CANCELLED = 'The provisioning was ended by a deprovisioning.';

function endOf(
  { plan }: ProvisionRun,
  progress: RunProgress,
  unsure: readonly Unsure[],
  { consideredCancelled }: CancellationScope,
) {
  const completed = plan.nodes.map(({ id }) => id).filter((id) => progress[id]?.state === 'done');
  const error = errorOfRun(plan, progress);
  const isWhole = completed.length === plan.nodes.length;
  if (isWhole) return { status: 'COMPLETED', error: null, errorStatus: null, completed, unsure } as const;
  const failed = { status: 'FAILED', completed, unsure } as const;
  if (error !== undefined) return { ...failed, error: error.message, errorStatus: error.status };
  return { ...failed, error: consideredCancelled ? CANCELLED : null, errorStatus: 500 };
}
