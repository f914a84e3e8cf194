import { Ajv, type ValidateFunction } from 'ajv';
import type { ProvisioningStep, StepCall, StepResult } from './step.js';
import { inputFailure, StepFailure } from './step-failure.js';
import { PROVISIONING_STEPS } from './steps.js';

const AJV = new Ajv({ strict: false, ownProperties: true, validateFormats: false });
// Compiled on first use, one per type.
const VALIDATORS = new Map<string, ValidateFunction>();

/**
 * Runs one step of a template.
 *
 * @throws StepFailure, or the signal's reason
 */
export async function runStep(type: string, call: StepCall): Promise<StepResult> {
  const step = PROVISIONING_STEPS.get(type);
  if (step === undefined) {
    throw new StepFailure(
      'FlowFrameworkException',
      `Workflow step type [${type}] is not implemented.`,
      'NOT_IMPLEMENTED',
    );
  }
  checkInputs(step, call);
  call.signal.throwIfAborted();
  return step.run(call);
}

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
