import type { JsonObject, TemplateResource } from '@flowplane/contracts';
import { Ajv, type ValidateFunction } from 'ajv';
import type { ProvisioningStep, StepCall, StepResource } from './step.js';
import { inputFailure, StepFailure } from './step-failure.js';
import { PROVISIONING_STEPS } from './steps.js';

const AJV = new Ajv({ strict: false, ownProperties: true, validateFormats: false });
// Compiled on first use, one per type.
const VALIDATORS = new Map<string, ValidateFunction>();

export type StepOutcome = {
  /** Keyed by resource type. */
  readonly outputs: JsonObject;
  /** To be recorded in this order, one by one; empty for steps that record none. */
  readonly resources: readonly TemplateResource[];
};

/**
 * Runs one step of a template.
 *
 * @throws StepFailure, or the signal's reason
 */
export async function runStep(type: string, call: StepCall): Promise<StepOutcome> {
  const step = PROVISIONING_STEPS.get(type);
  if (step === undefined) {
    throw new StepFailure('FlowFrameworkException', `Workflow step type [${type}] is not implemented.`, 501);
  }
  checkInputs(step, call);
  call.signal.throwIfAborted();
  const { outputs, resources } = await step.run(call);
  return { outputs, resources: resources.map((created) => recordOf(call.nodeId, created)) };
}

const recordOf = (nodeId: string, { step, type, id }: StepResource): TemplateResource => ({
  workflow_step_name: step,
  workflow_step_id: nodeId,
  resource_type: type,
  resource_id: id,
});

/** The message names the input, and holds no value of it. */
function checkInputs({ type, schema }: ProvisioningStep, { nodeId, inputs }: StepCall): void {
  const validate = VALIDATORS.get(type) ?? AJV.compile(schema);
  VALIDATORS.set(type, validate);
  if (validate(inputs)) return;
  const [error] = validate.errors ?? [];
  if (error?.keyword === 'required') {
    throw inputFailure(`Missing required inputs [${String(error.params['missingProperty'])}] in node [${nodeId}]`);
  }
  const name = error?.instancePath.split('/')[1] ?? '';
  throw inputFailure(`Failed to parse the input [${name}] of node [${nodeId}]`);
}
