import type { JsonObject, RecordDeprovisioningFinished, RecordProvisioningFinished } from '@flowplane/contracts';
import { ActivityCancellationType, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { DeprovisionRun, LookRequest, ProvisionRun, RemovalRequest, StepRequest } from '../run.js';

type Run = Pick<ProvisionRun, 'envelope' | 'origin'>;
type RunIds = 'templateId' | 'executionId';
export type ProvisionEnd = Omit<RecordProvisioningFinished['data'], RunIds>;
export type DeprovisionEnd = Omit<RecordDeprovisioningFinished['data'], RunIds>;
export type Unsure = ProvisionEnd['unsure'][number];

export type ProvisioningActivities = {
  /**
   * Runs the step of a node, and records what it makes before it ends. Fails with a `StepFailureDetail`, final.
   *
   * @returns the outputs, by resource type
   */
  runProvisioningStep(request: StepRequest): Promise<JsonObject>;
  /** Asks the server whether a step whose end nobody saw has made its resource; harmless, hence tried again. */
  lookForResource(request: LookRequest): Promise<Unsure>;
  /** Removes one resource, and reports it; what is not there counts as removed. Fails with a `StepFailureDetail`, final. */
  removeResource(request: RemovalRequest): Promise<void>;
  reportProvisioned(run: Run, end: ProvisionEnd): Promise<void>;
  reportDeprovisioned(run: Run, end: DeprovisionEnd): Promise<void>;
};

/** A worker that is silent for so long is taken for lost. */
const LOST_WORKER_MS = 15_000;
/** The step's own clock ends it; this is for a worker that does not. */
const GRACE_MS = 30_000;
/** A noop may be told to wait for up to a day, which does not count; it is ended with its worker only. */
const NOOP_MS = 86_400_000 + GRACE_MS;
/** What may be repeated is, when a worker is lost. */
const REPEATABLE_ATTEMPTS = 5;

/** What every activity of a template has in common. Attempts that are cancelled are waited for (provisioning 12). */
const common = (activityId: string, { envelope }: Run): ActivityOptions => ({
  activityId,
  priority: { fairnessKey: envelope.tenantId },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  heartbeatTimeout: LOST_WORKER_MS,
});

/** The activity's id is the node's (provisioning 8.5). */
export function runProvisioningStep(request: StepRequest): Promise<JsonObject> {
  const { id, type, timeoutMs, repeatable } = request.node;
  const proxies = proxyActivities<ProvisioningActivities>({
    ...common(id, request),
    startToCloseTimeout: type === 'noop' ? NOOP_MS : timeoutMs + GRACE_MS,
    retry: { maximumAttempts: repeatable ? REPEATABLE_ATTEMPTS : 1 },
  });
  return proxies.runProvisioningStep(request);
}

export function lookForResource(request: LookRequest): Promise<Unsure> {
  const proxies = proxyActivities<ProvisioningActivities>({
    ...common(`(look for) ${request.node.id}`, request),
    startToCloseTimeout: request.node.timeoutMs + GRACE_MS,
    retry: { maximumAttempts: REPEATABLE_ATTEMPTS },
  });
  return proxies.lookForResource(request);
}

export function removeResource(request: RemovalRequest): Promise<void> {
  const { workflow_step_name: step, workflow_step_id: id } = request.resource;
  const proxies = proxyActivities<ProvisioningActivities>({
    ...common(`(deprovision_${step}) ${id}`, request),
    startToCloseTimeout: request.timeoutMs + GRACE_MS,
    // Removing twice is harmless.
    retry: { maximumAttempts: REPEATABLE_ATTEMPTS },
  });
  return proxies.removeResource(request);
}

/** Reports are tried until the log has them. */
const reports = (run: Run) =>
  proxyActivities<ProvisioningActivities>({ ...common('(report)', run), startToCloseTimeout: '10m' });

export const reportProvisioned = (run: ProvisionRun, end: ProvisionEnd): Promise<void> =>
  reports(run).reportProvisioned({ envelope: run.envelope, origin: run.origin }, end);

export const reportDeprovisioned = (run: DeprovisionRun, end: DeprovisionEnd): Promise<void> =>
  reports(run).reportDeprovisioned({ envelope: run.envelope, origin: run.origin }, end);
