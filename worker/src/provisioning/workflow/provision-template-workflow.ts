import type { JsonObject, NodeFailure, RunNode, RunProgress } from '@flowplane/contracts';
import { emptyProgress, errorOfRun, readyNodes } from '@flowplane/contracts/templates/run-progress';
import { stepType } from '@flowplane/contracts/templates/step-types';
import { CancellationScope } from '@temporalio/workflow';
import type { LookRequest, ProvisionRun, StepRequest } from '../run.js';
import { lookForResource, reportProvisioned, runProvisioningStep, type Unsure } from './activities.js';
import { isLeftOpen, nodeFailure } from './step-failures.js';

/**
 * Provisions a template (provisioning 8): every node whose predecessors are done runs, a failure takes its descendants
 * with it, and nothing is rolled back. The end is reported to the log, also when the run was cancelled: then no further node
 * begins, and steps that are under way are waited for, so that what they make is known. Changing the order of its commands
 * needs a patch.
 */
export async function ProvisionTemplateWorkflow(run: ProvisionRun): Promise<void> {
  const { plan } = run;
  const progress = emptyProgress();
  const outputs = new Map<string, JsonObject>();
  const unsure: Unsure[] = [];
  const open = new Map<string, Promise<void>>();
  const scope = CancellationScope.current();

  const perform = async (node: RunNode): Promise<void> => {
    const request = requestOf(run, node, outputs);
    const sinceMs = Date.now();
    try {
      outputs.set(node.id, await outputsOf(request));
      progress[node.id] = { state: 'done' };
    } catch (thrown) {
      progress[node.id] = { state: 'failed', failure: nodeFailure(thrown) satisfies NodeFailure };
      if (makesResource(node) && isLeftOpen(thrown)) unsure.push(await lookedFor({ ...request, sinceMs }));
    } finally {
      open.delete(node.id);
    }
  };

  for (;;) {
    const ready = scope.consideredCancelled ? [] : readyNodes(plan, progress);
    for (const node of ready) {
      progress[node.id] = { state: 'running' };
      open.set(node.id, perform(node));
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

/** Runs the step of a node, where there is anything to run. */
function outputsOf(request: StepRequest): Promise<JsonObject> {
  const { node } = request;
  if (node.action === 'keep') return Promise.resolve(node.outputs ?? {});
  if (node.type !== 'noop') return CancellationScope.nonCancellable(() => runProvisioningStep(request));
  // It may be told to wait as long as anybody likes, and makes nothing.
  return hasInputs(request) ? runProvisioningStep(request) : Promise.resolve({});
}

/** Whether a noop may be told to wait; one that is not is done at once. */
const hasInputs = ({ node, userParams }: StepRequest): boolean =>
  Object.keys({ ...node.userInputs, ...userParams }).length > 0 ||
  Object.values(node.previousNodeInputs).includes('delay');

const makesResource = ({ action, type }: RunNode): boolean =>
  action === 'create' && stepType(type)?.resourceType !== undefined;

/** What a step has made whose end nobody saw, as far as the server can tell. */
async function lookedFor(request: LookRequest): Promise<Unsure> {
  try {
    return await CancellationScope.nonCancellable(() => lookForResource(request));
  } catch {
    const { type, id } = request.node;
    const resource = { resource_type: stepType(type)?.resourceType ?? '', resource_id: null };
    return { workflow_step_name: type, workflow_step_id: id, ...resource, found: 'unknown' };
  }
}

const CANCELLED = 'The provisioning was cancelled.';

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
