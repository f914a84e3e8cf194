import { isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import { input, numberInput, present, structureInput, textMapInput, textsInput } from '../inputs.js';
import type { StepCall } from '../step.js';
import { inputFailure } from '../step-failure.js';

/** Tools of the agent: nodes that `tools_order` names, in its order, then the others that are mapped to `tools`. */
export function agentTools({ inputs, predecessors }: StepCall): Json[] {
  const mapped = predecessors.filter(({ key }) => key === 'tools').map(({ nodeId }) => nodeId);
  const order = [...new Set([...(textsInput(inputs, 'tools_order') ?? []), ...mapped])];
  const tools = order.flatMap((id) => {
    const tool = predecessors.find(({ nodeId }) => nodeId === id)?.outputs['tools'];
    return tool === undefined ? [] : [tool];
  });
  // Tools may be written down in the node itself as well.
  const written = input(inputs, 'tools');
  return Array.isArray(written) ? [...tools, ...written] : tools;
}

/** The model is `llm.model_id`, else that of the node that is mapped to `model_id`. @throws StepFailure */
export function agentLlm({ inputs, predecessors }: StepCall): JsonObject | undefined {
  const llm = structureInput(inputs, 'llm', 'llm field must be an object');
  const mapped = predecessors.find(({ key }) => key === 'model_id')?.outputs['model_id'];
  const modelId = llm?.['model_id'] ?? mapped;
  const parameters = llm?.['parameters'];
  if (parameters !== undefined && !isTextMap(parameters)) {
    throw inputFailure('llm field [parameters] must be a string to string map');
  }
  if (llm === undefined && modelId === undefined) return undefined;
  return present({ model_id: modelId, parameters });
}

const isTextMap = (value: Json): boolean =>
  isJsonObject(value) && Object.values(value).every((member) => typeof member === 'string');

/** @throws StepFailure when it has no type */
export function agentMemory(inputs: JsonObject): JsonObject | undefined {
  const memory = structureInput(inputs, 'memory', 'memory field must be an object');
  if (memory === undefined) return undefined;
  if (typeof memory['type'] !== 'string' || memory['type'] === '') {
    throw inputFailure('memory field [type] is required');
  }
  const windowSize = numberInput(memory, 'window_size');
  if (windowSize !== undefined && !Number.isInteger(windowSize)) {
    throw inputFailure('memory field [window_size] must be an integer');
  }
  const texts = textMapInput({ memory }, 'memory') ?? {};
  return present({
    type: texts['type'],
    session_id: texts['session_id'],
    window_size: windowSize,
    memory_container_id: texts['memory_container_id'],
  });
}
