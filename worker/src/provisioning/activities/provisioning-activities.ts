import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import {
  nodeSecretIds,
  putCredentialsBack,
  putParametersBack,
  stepInputs,
  type JsonObject,
  type TemplateResource,
} from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import type { SecretStore } from '@flowplane/runtime/secrets';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { TokenSettings } from '../../tasks/execution-token.js';
import { lookFor } from '../../tasks/provisioning/look-for/look-for.js';
import type { OpenSearchClient } from '../../tasks/provisioning/opensearch/client.js';
import { runStep } from '../../tasks/provisioning/run-step.js';
import { backendFailure, StepFailure } from '../../tasks/provisioning/step-failure.js';
import type { Predecessor, StepCall } from '../../tasks/provisioning/step.js';
import { undoResource } from '../../tasks/provisioning/undo-resource.js';
import type { StepRequest } from '../run.js';
import type { ProvisioningActivities } from '../workflow/activities.js';
import { attempt } from './attempt.js';
import { resourceToBe, resourceTypeOf } from './resource-to-be.js';
import type { TemplateReports } from './template-reports.js';

export type ProvisioningOptions = {
  readonly client: OpenSearchClient;
  readonly secrets: Pick<SecretStore, 'get'>;
  readonly reports: TemplateReports;
  readonly token: TokenSettings;
  /** Multi-tenancy is on: what is created belongs to the tenant. */
  readonly isMultiTenant: boolean;
  /** Default: a timer. */
  readonly sleep?: StepCall['sleep'];
  readonly logger: Pick<Logger, 'error' | 'warn'>;
};

/** The removal of a resource waits so long for its report (provisioning 12). */
const REMOVAL_REPORT_MS = 1000;

/** Activities of runs of templates. Nothing else talks to OpenSearch. */
export function makeProvisioningActivities(options: ProvisioningOptions): ProvisioningActivities {
  const { client, reports, logger, sleep = (ms, signal) => delay(ms, undefined, { signal }) } = options;
  const callOf = (request: Pick<StepRequest, 'envelope'>, signal: AbortSignal, taskPollMs = 0) => ({
    client,
    signal,
    taskPollMs,
    sleep,
    ...(options.isMultiTenant ? { tenantId: request.envelope.tenantId } : {}),
  });

  return {
    runProvisioningStep: (request) =>
      attempt(options, request, request.node.type === 'noop' ? undefined : request.node.timeoutMs, async (bounds) => {
        const inputs = await inputsOf(options, request, bounds.signal);
        const { type, id: nodeId, again = false } = request.node;
        await reports.nodeStarted(request, resourceToBe(type, inputs), bounds.signal);
        const call = {
          ...callOf(request, bounds.signal, request.taskPollMs),
          nodeId,
          inputs,
          predecessors: predecessorsOf(request),
          again: again || Context.current().info.attempt > 1,
        };
        const { outputs, resources } = await runStep(type, call);
        // Whatever becomes of the attempt: what is there has to be in the log.
        await recorded(options, request, resources, bounds.life);
        return outputs;
      }),
    lookForResource: (request) =>
      attempt(options, request, request.node.timeoutMs, async ({ signal }) => {
        const { type, id } = request.node;
        const inputs = await inputsOf(options, request, signal);
        const found = await lookFor(type, { ...callOf(request, signal), inputs, sinceMs: request.sinceMs });
        const name = resourceToBe(type, inputs);
        return {
          workflow_step_name: type,
          workflow_step_id: id,
          resource_type: resourceTypeOf(type),
          resource_id: found.kind === 'found' ? found.id : name,
          found: found.kind,
        };
      }),
    removeResource: (request) =>
      attempt(options, request, request.timeoutMs, async ({ signal, life }) => {
        const nodeId = request.resource.workflow_step_id;
        await undoResource(request.resource, { ...callOf(request, signal), nodeId });
        const report = reports.removed(request, request.resource, life);
        // The end of the run makes the list whole; a report that is late holds nothing up.
        await Promise.race([report, sleep(REMOVAL_REPORT_MS, life)]).catch((err: unknown) => {
          logger.warn({ err }, notRecorded(request, request.resource, 'delete'));
        });
      }),
    reportProvisioned: (run, end) =>
      attempt(options, run, undefined, ({ life }) => reports.provisioned(run, end, life)),
    reportDeprovisioned: (run, end) =>
      attempt(options, run, undefined, ({ life }) => reports.deprovisioned(run, end, life)),
  };
}

/** A node is complete only after its resources are recorded (provisioning 9). @throws StepFailure where the log refuses it */
async function recorded(
  { reports }: ProvisioningOptions,
  request: StepRequest,
  resources: readonly TemplateResource[],
  life: AbortSignal,
): Promise<void> {
  const [first] = resources;
  if (first === undefined) return;
  try {
    await reports.created(request, resources, life);
  } catch (cause) {
    if (life.aborted) throw cause;
    throw backendFailure(notRecorded(request, first, 'add'), 500, { isOutcomeUnknown: true, cause });
  }
}

const notRecorded = (
  { envelope }: Pick<StepRequest, 'envelope'>,
  { workflow_step_id: step, resource_type: type, resource_id: id }: TemplateResource,
  what: 'add' | 'delete',
): string => `Failed to update workflow state for ${envelope.flowId} on step ${step} to ${what} resource ${type} ${id}`;

/**
 * The inputs of a step, credentials in clear. While the state database is away it is waited for.
 *
 * @throws StepFailure, also when the time is up: nothing was asked of the server; the signal's reason otherwise
 */
async function inputsOf(options: ProvisioningOptions, request: StepRequest, signal: AbortSignal): Promise<JsonObject> {
  const { envelope, node, userParams, outputs } = request;
  const values = await secretsOf(options, request, signal);
  const checked = stepInputs({
    workflowId: envelope.flowId,
    node: putCredentialsBack(node, values),
    userParams,
    outputs,
    parameters: putParametersBack(request.parameters, values),
  });
  if (checked.ok) return checked.value;
  const { status, message } = checked.error;
  throw new StepFailure('FlowFrameworkException', message, status);
}

async function secretsOf({ secrets, logger }: ProvisioningOptions, request: StepRequest, signal: AbortSignal) {
  const { envelope, node, userParams, parameters } = request;
  const ids = nodeSecretIds(node, userParams, parameters);
  try {
    return await retryWhileUnavailable(() => secrets.get(envelope.tenantId, ids), signal);
  } catch (err) {
    if (signal.aborted) {
      const { reason } = signal as { readonly reason: unknown };
      throw reason instanceof StepFailure ? new StepFailure(reason.className, reason.message, reason.status) : reason;
    }
    logger.error({ err, executionId: envelope.executionId }, 'the credentials of a step cannot be read');
    throw backendFailure('The credentials of the step cannot be read.', 500);
  }
}

function predecessorsOf({ node, outputs }: StepRequest): readonly Predecessor[] {
  const named = Object.keys(node.previousNodeInputs);
  const others = node.predecessors.filter((id) => !named.includes(id));
  return [...named, ...others].map((nodeId) => {
    const key = node.previousNodeInputs[nodeId];
    return { nodeId, outputs: outputs[nodeId] ?? {}, ...(key === undefined ? {} : { key }) };
  });
}
