import type { Json } from '../flow/json.js';
import { isJsonObject, ownMember } from '../flow/json.js';
import type { Template, TemplateNode, TemplateWorkflow } from './document.js';
import { holdCredentials } from './credentials.js';
import { predecessorsById, provisionWorkflow } from './document.js';
import type { Checked } from './errors.js';
import { checked, listed, refuse, valueOf } from './errors.js';
import type { GraphOptions } from './graph.js';
import { checkGraph } from './graph.js';
import { parseJsonObject } from './json-walk.js';
import { ECHOES_INPUTS, knownStepType, stepType } from './step-types.js';

export type ValidationOptions = GraphOptions & {
  /** Plugins of the configured OpenSearch; undefined where none is configured: they are then not checked. */
  readonly plugins?: readonly string[];
};

/** Checks every workflow of a template by provisioning 4 and 5: its graph, plugins, inputs and texts. */
export function validateTemplate(template: Template, options: ValidationOptions): Checked<void> {
  return checked(() => {
    for (const workflow of Object.values(template.workflows)) {
      const order = valueOf(checkGraph(workflow, options));
      if (options.plugins !== undefined) {
        checkPlugins(order, options.plugins);
      }
      checkInputs(order, workflow);
      order.forEach(checkTexts);
      order.forEach(checkCredentials);
    }
  });
}

/** Whether a template's provisioning calls OpenSearch, so that it needs one (provisioning 5.1). */
export function needsOpenSearch(template: Template): boolean {
  return provisionWorkflow(template)?.nodes.some(({ type }) => stepType(type)?.usesOpenSearch === true) ?? false;
}

function checkPlugins(nodes: readonly TemplateNode[], installed: readonly string[]): void {
  for (const { type } of nodes) {
    const missing = knownStepType(type).plugins.filter((plugin) => !installed.includes(plugin));
    if (missing.length > 0) {
      refuse(400, `The workflowStep ${type} requires the following plugins to be installed : ${listed(missing)}`);
    }
  }
}

function checkInputs(order: readonly TemplateNode[], workflow: TemplateWorkflow): void {
  const typeOf = new Map(order.map(({ id, type }) => [id, type]));
  const predecessors = predecessorsById(workflow);
  for (const node of order) {
    const supplied = new Set(Object.keys(node.userInputs));
    for (const id of predecessors.get(node.id) ?? []) {
      knownStepType(typeOf.get(id) ?? '').outputs.forEach((output) => supplied.add(output));
    }
    const missing = missingInputs(node, (name) => supplied.has(name));
    if (missing.length > 0) {
      refuse(400, `Invalid workflow, node [${node.id}] missing the following required inputs : ${listed(missing)}`);
    }
  }
}

/** Inputs of a custom model that may stand in its `model_config` instead (provisioning 10). */
const MODEL_CONFIG_INPUTS: ReadonlySet<string> = new Set(['model_type', 'embedding_dimension', 'framework_type']);

/** Required inputs of a node's type that are not supplied. */
export function missingInputs(
  { type, userInputs }: Pick<TemplateNode, 'type' | 'userInputs'>,
  isSupplied: (name: string) => boolean,
): string[] {
  const config = type === 'register_local_custom_model' ? ownMember(userInputs, 'model_config') : undefined;
  const inConfig = modelConfigNames(config);
  return knownStepType(type).required.filter((name) => !isSupplied(name) && !inConfig.has(name));
}

function modelConfigNames(config: Json | undefined): ReadonlySet<string> {
  const map = typeof config === 'string' ? parseJsonObject(config) : config;
  return new Set(isJsonObject(map) ? Object.keys(map).filter((name) => MODEL_CONFIG_INPUTS.has(name)) : []);
}

function checkCredentials({ id, type, userInputs }: TemplateNode): void {
  if (type === ECHOES_INPUTS && holdCredentials(userInputs)) {
    refuse(400, `Invalid workflow, node [${id}] of type ${type} cannot hold a credential: put it into a connector`);
  }
}

/** What the texts of a node are called in messages, by its type (provisioning 5.1). */
function textsOf(type: string): string | undefined {
  if (type === 'create_connector') {
    return 'Model connector';
  }
  if (type === 'register_model_group') {
    return 'Model group';
  }
  return /^register_.*_model$/.test(type) ? 'Model' : undefined;
}

/** The beginning of a tag, comment or declaration. */
const MARKUP = /<\s*[a-z/!?]/i;

function checkTexts({ id, type, userInputs }: TemplateNode): void {
  const what = textsOf(type);
  for (const field of what === undefined ? [] : ['name', 'description']) {
    const text = ownMember(userInputs, field);
    if (typeof text === 'string' && MARKUP.test(text)) {
      const rule = `can only contain letters, numbers, spaces, and basic punctuation (.,!?():@-_'/")`;
      refuse(400, `${what} ${field} ${rule} [node ${id}]`);
    }
  }
}
