import { isJsonObject, type JsonObject } from '@flowplane/contracts';
import { input, numberInput, present, structureInput, textInput } from '../inputs.js';
import { inputsSchema, NUMBER, STRUCTURE, TEXT } from '../schemas.js';
import type { ProvisioningStep, StepCall } from '../step.js';
import { backendFailure, inputFailure } from '../step-failure.js';
import { mlCreate } from './ml.js';
import { deployQuery, MODEL_OPTIONS, modelOptions } from './model-body.js';
import { registeredModel } from './registered-model.js';
import { completedTask } from './task.js';

const REQUIRED = { name: TEXT, version: TEXT, model_format: TEXT };
const OF_FILES = { function_name: TEXT, model_content_hash_value: TEXT, url: TEXT };
const OF_CONFIG = { model_type: TEXT, embedding_dimension: NUMBER, framework_type: TEXT };

export type LocalModel = {
  readonly type: string;
  /** Whether the inputs that describe the model's files are required, optional, or not among the inputs. */
  readonly files: 'required' | 'optional' | 'none';
  /** Whether the three inputs that describe an embedding model are required: they may stand in `model_config`. */
  readonly needsConfig: boolean;
};

/** A step that registers a model on the server itself: a task does it, which is waited for. Not repeatable. */
export function registeringLocalModel({ type, files, needsConfig }: LocalModel): ProvisioningStep {
  const required = { ...REQUIRED, ...(files === 'required' ? OF_FILES : {}) };
  const config = needsConfig ? { model_config: STRUCTURE, ...OF_CONFIG } : {};
  const optional = { ...(files === 'optional' ? OF_FILES : {}), ...config, ...MODEL_OPTIONS };
  return {
    type,
    schema: inputsSchema(required, optional),
    async run(call) {
      const body = present({
        name: textInput(call.inputs, 'name'),
        version: textInput(call.inputs, 'version'),
        model_format: textInput(call.inputs, 'model_format'),
        ...(files === 'none' ? {} : fileMembers(call.inputs)),
        ...(needsConfig ? { model_config: modelConfig(call.inputs) } : {}),
        ...modelOptions(call.inputs),
      });
      const { id: taskId } = await mlCreate(call, {
        path: 'models/_register',
        query: deployQuery(call.inputs),
        body,
        idMember: 'task_id',
        failure: `Failed to register local model in step ${call.nodeId}`,
      });
      return registeredModel(type, call.inputs, await modelOfTask(call, taskId), 'COMPLETED');
    },
  };
}

const WHAT = 'Local model registration';

async function modelOfTask(call: StepCall, taskId: string): Promise<string> {
  const { model_id: modelId } = await completedTask(call, taskId, WHAT);
  if (typeof modelId === 'string' && modelId !== '') return modelId;
  throw backendFailure(`${WHAT} failed`, 400, { isOutcomeUnknown: true });
}

const fileMembers = (inputs: JsonObject): JsonObject =>
  present({
    function_name: input(inputs, 'function_name'),
    model_content_hash_value: input(inputs, 'model_content_hash_value'),
    url: input(inputs, 'url'),
  });

/** The inputs themselves go before what `model_config` says. */
function modelConfig(inputs: JsonObject): JsonObject {
  const given = structureInput(inputs, 'model_config', 'Failed to parse model_config') ?? {};
  const allConfig = input(given, 'all_config');
  const merged: JsonObject = {
    ...given,
    ...present({
      model_type: input(inputs, 'model_type'),
      embedding_dimension: numberInput(inputs, 'embedding_dimension') ?? numberInput(given, 'embedding_dimension'),
      framework_type: input(inputs, 'framework_type'),
      all_config: isJsonObject(allConfig) ? JSON.stringify(allConfig) : allConfig,
    }),
  };
  const missing = Object.keys(OF_CONFIG).filter((name) => merged[name] === undefined);
  if (missing.length > 0) throw inputFailure(`Missing required inputs [${missing.join(', ')}]`);
  return merged;
}
