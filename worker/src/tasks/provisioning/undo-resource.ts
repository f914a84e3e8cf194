import type { StepCall, StepResource } from './step.js';
import { runStep } from './run-step.js';
import { StepFailure } from './step-failure.js';

/** Step types that take a resource away again, by the type of the step that its record names (provisioning 10). */
const INVERSES: Readonly<Record<string, string>> = {
  create_index: 'delete_index',
  create_ingest_pipeline: 'delete_ingest_pipeline',
  create_search_pipeline: 'delete_search_pipeline',
  create_connector: 'delete_connector',
  register_model_group: 'noop',
  register_remote_model: 'delete_model',
  register_local_pretrained_model: 'delete_model',
  register_local_sparse_encoding_model: 'delete_model',
  register_local_custom_model: 'delete_model',
  deploy_model: 'undeploy_model',
  register_agent: 'delete_agent',
};

/**
 * Takes a recorded resource away from the server. What is not there counts as removed (provisioning 12). A model group
 * stays: its inverse does nothing.
 *
 * @param call without inputs: they are the resource's id
 * @throws StepFailure, or the signal's reason
 */
export async function undoResource(
  resource: StepResource,
  call: Omit<StepCall, 'inputs' | 'predecessors'>,
): Promise<void> {
  const inverse = INVERSES[resource.step];
  if (inverse === undefined) {
    const message = `No step removes what ${resource.step} has created`;
    throw new StepFailure('FlowFrameworkException', message, 'NOT_IMPLEMENTED');
  }
  try {
    await runStep(inverse, { ...call, inputs: { [resource.type]: resource.id }, predecessors: [] });
  } catch (thrown) {
    if (!(thrown instanceof StepFailure && thrown.restStatus === 'NOT_FOUND')) throw thrown;
  }
}
