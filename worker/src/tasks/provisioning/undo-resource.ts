import { stepType, type TemplateResource } from '@flowplane/contracts';
import type { StepCall } from './step.js';
import { runStep } from './run-step.js';
import { StepFailure } from './step-failure.js';

/**
 * Takes a recorded resource away from the server. What is not there counts as removed (provisioning 12). A model group
 * stays: its inverse does nothing.
 *
 * @param call without inputs: they are the resource's id
 * @throws StepFailure, or the signal's reason
 */
export async function undoResource(
  { workflow_step_name: step, resource_type: type, resource_id: id }: TemplateResource,
  call: Omit<StepCall, 'inputs' | 'predecessors'>,
): Promise<void> {
  const inverse = stepType(step)?.inverse;
  if (inverse === undefined) {
    const message = `No step removes what ${step} has created`;
    throw new StepFailure('FlowFrameworkException', message, 501);
  }
  try {
    await runStep(inverse, { ...call, inputs: { [type]: id }, predecessors: [] });
  } catch (thrown) {
    if (!(thrown instanceof StepFailure && thrown.status === 404)) throw thrown;
  }
}
