import type { JsonObject } from '@flowplane/contracts';
import { structureInput, textInput } from '../inputs.js';
import { inputsSchema, STRUCTURE, TEXT } from '../schemas.js';
import { NOTHING, type ProvisioningStep, type StepCall } from '../step.js';
import { ask, askToRemove } from './ask.js';
import { pipelineSegment } from './names.js';

export type PipelineKind = 'ingest' | 'search';

export const pipelinePath = (kind: PipelineKind, id: string): string => `/_${kind}/pipeline/${pipelineSegment(id)}`;

/** `create_…_pipeline`: a pipeline is put under its id, so again does the same. */
export const creatingPipeline = (kind: PipelineKind): ProvisioningStep => {
  const step = `create_${kind}_pipeline`;
  return puttingPipeline(kind, step, (id) => [{ step, type: 'pipeline_id', id }]);
};

/** `update_…_pipeline`: as a create, and records nothing. */
export const updatingPipeline = (kind: PipelineKind): ProvisioningStep =>
  puttingPipeline(kind, `update_${kind}_pipeline`, () => []);

function puttingPipeline(
  kind: PipelineKind,
  type: string,
  resources: (id: string) => { step: string; type: string; id: string }[],
): ProvisioningStep {
  return {
    type,
    schema: inputsSchema({ pipeline_id: TEXT, configurations: STRUCTURE }, { model_id: TEXT }),
    async run(call) {
      const id = textInput(call.inputs, 'pipeline_id');
      const path = pipelinePath(kind, id);
      await ask(call, { method: 'PUT', path, body: pipelineBody(call, id), failure: `Failed step ${type}` });
      return { outputs: { pipeline_id: id }, resources: resources(id) };
    },
  };
}

/** `delete_…_pipeline`: a pipeline that is not there counts as removed. */
export function deletingPipeline(kind: PipelineKind): ProvisioningStep {
  return {
    type: `delete_${kind}_pipeline`,
    schema: inputsSchema({ pipeline_id: TEXT }),
    async run(call) {
      const id = textInput(call.inputs, 'pipeline_id');
      const failure = `Failed to delete the ${kind} pipeline ${id}`;
      await askToRemove(call, { method: 'DELETE', path: pipelinePath(kind, id), failure });
      return NOTHING;
    },
  };
}

/** Texts that hold arrays are arrays already (provisioning 6.3). */
const pipelineBody = ({ inputs }: StepCall, id: string): JsonObject =>
  structureInput(inputs, 'configurations', `Failed to parse the configurations of pipeline ${id}`) ?? {};
