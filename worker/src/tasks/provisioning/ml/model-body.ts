import { isJsonObject, type JsonObject } from '@flowplane/contracts';
import { flagInput, input, parsed, present, structureInput, textMap, textsInput } from '../inputs.js';
import { FLAG, MAP, STRUCTURE, TEXT, TEXTS } from '../schemas.js';
import { inputFailure } from '../step-failure.js';

/** Optional inputs that all steps that register a model have. */
export const MODEL_OPTIONS: JsonObject = {
  model_group_id: TEXT,
  description: TEXT,
  deploy: FLAG,
  guardrails: STRUCTURE,
  interface: STRUCTURE,
  is_enabled: FLAG,
  rate_limiter: MAP,
  deploy_setting: MAP,
  backend_roles: TEXTS,
  add_all_backend_roles: FLAG,
  access_mode: TEXT,
  model_node_ids: TEXTS,
};

/** Members of the body that these inputs become. `deploy` is a parameter of the request. @throws StepFailure */
export function modelOptions(inputs: JsonObject): JsonObject {
  return present({
    model_group_id: input(inputs, 'model_group_id'),
    description: input(inputs, 'description'),
    guardrails: structureInput(inputs, 'guardrails', 'Failed to parse guardrails'),
    interface: modelInterface(inputs),
    is_enabled: flagInput(inputs, 'is_enabled'),
    rate_limiter: input(inputs, 'rate_limiter'),
    deploy_setting: withFlags(input(inputs, 'deploy_setting')),
    ...accessMembers(inputs),
    model_node_ids: textsInput(inputs, 'model_node_ids'),
  });
}

/** Members that say who may use what is created. */
export const accessMembers = (inputs: JsonObject): JsonObject =>
  present({
    backend_roles: textsInput(inputs, 'backend_roles'),
    add_all_backend_roles: flagInput(inputs, 'add_all_backend_roles'),
    access_mode: input(inputs, 'access_mode'),
  });

/** `deploy: true` is one call that creates two resources (provisioning 10). */
export const deployQuery = (inputs: JsonObject): Record<string, string> =>
  flagInput(inputs, 'deploy') === true ? { deploy: 'true' } : {};

/** A map of texts, each one JSON text. */
function modelInterface(inputs: JsonObject): JsonObject | undefined {
  const structure = structureInput(inputs, 'interface', 'Failed to create model interface');
  if (structure === undefined) return undefined;
  const texts = textMap(structure);
  if (Object.values(texts).some((text) => parsed(text) === undefined)) {
    throw inputFailure('Failed to create model interface');
  }
  return texts;
}

/** Inputs have the members of maps as texts; this one is read as a boolean. */
function withFlags(setting: JsonObject[string] | undefined): JsonObject | undefined {
  if (!isJsonObject(setting)) return undefined;
  return Object.fromEntries(
    Object.entries(setting).map(([name, value]) => [name, value === 'true' ? true : value === 'false' ? false : value]),
  );
}
