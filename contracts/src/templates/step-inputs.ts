import type { Json, JsonObject } from '../flow/json.js';
import { isJsonObject, ownMember } from '../flow/json.js';
import type { TemplateNode, TextMap } from './document.js';
import type { Checked } from './errors.js';
import { checked, listed, refuse } from './errors.js';
import { mapMembers, mapTexts, parseJsonObject } from './json-walk.js';
import { jsonEscaped, replacePlaceholders } from './placeholders.js';
import { knownStepType } from './step-types.js';
import { isStructure, shownInput } from './user-inputs.js';
import { missingInputs } from './validation.js';

export type StepInputsRequest = {
  readonly workflowId: string;
  /** Its type may be the update step that runs in its place. Credentials are in clear. */
  readonly node: TemplateNode;
  readonly userParams: TextMap;
  /** Outputs of the direct predecessors, by node id and in the order of the edges. */
  readonly outputs: Readonly<Record<string, JsonObject>>;
  readonly parameters: TextMap;
};

/**
 * The inputs that a step runs with: for each input of its type the first value in the order of provisioning 6.1, with what
 * is to be substituted in it (provisioning 6.2). `configurations`, `interface` and `llm` come as objects where they can be read
 * as such, everything else as GET shows it.
 */
export function stepInputs(request: StepInputsRequest): Checked<JsonObject> {
  return checked(() => {
    const { node, workflowId } = request;
    const { required, optional } = knownStepType(node.type);
    const inputs = [...required, ...optional].flatMap((name): [string, Json][] => {
      const value = inputValue(name, request);
      return value === undefined || value === null ? [] : [[name, value]];
    });
    const names = new Set(inputs.map(([name]) => name));
    const missing = missingInputs(node, (name) => names.has(name));
    if (missing.length > 0) {
      refuse(400, `Missing required inputs ${listed(missing)} in workflow [${workflowId}] node [${node.id}]`);
    }
    return Object.fromEntries(inputs);
  });
}

/** What other nodes have put out is taken as it is; what the template says is substituted in. */
function inputValue(name: string, request: StepInputsRequest): Json | undefined {
  const { node, userParams, outputs } = request;
  const mapped = Object.entries(node.previousNodeInputs)
    .filter(([, output]) => output === name)
    .map(([id]) => outputOf(outputs, id, name))
    .find((value) => value !== undefined);
  if (mapped !== undefined) {
    return mapped;
  }
  const own = ownMember(userParams, name) ?? ownMember(node.userInputs, name);
  return own === undefined || own === null
    ? Object.keys(outputs)
        .map((id) => outputOf(outputs, id, name))
        .find((value) => value !== undefined)
    : substituted(name, own, request);
}

function outputOf(outputs: StepInputsRequest['outputs'], id: string, name: string): Json | undefined {
  const node = Object.hasOwn(outputs, id) ? outputs[id] : undefined;
  return node === undefined ? undefined : ownMember(node, name);
}

function substituted(name: string, value: Json, request: StepInputsRequest): Json {
  if (isStructure(name)) {
    return substitutedStructure(name, value, request);
  }
  // Texts are JSON-escaped wherever they are put in: most of these inputs are JSON texts or parts of one.
  const inText = (text: string): string => replaced(text, request, jsonEscaped);
  const shown = shownInput(name, value);
  return isJsonObject(shown) ? substitutedMap(shown, inText) : substitutedValue(shown, inText);
}

type Substitute = (text: string) => string;

/** Texts and lists of texts and maps: a map in a list has its texts replaced, and those of the maps in it. */
function substitutedValue(value: Json, inText: Substitute): Json {
  return Array.isArray(value) ? value.map((item) => mapTexts(item, inText)) : mapTexts(value, inText);
}

/** Keys are left alone. */
const substitutedMap = (map: JsonObject, inText: Substitute): JsonObject =>
  mapMembers(map, (member) => mapTexts(member, inText));

/** A JSON text is replaced in as a text, and so in its keys too; then it is read. */
function substitutedStructure(name: string, value: Json, request: StepInputsRequest): Json {
  const structure = typeof value === 'string' ? textAsStructure(replaced(value, request, jsonEscaped)) : value;
  const inText = (text: string): string => replaced(text, request, (parameter) => parameter);
  const result = typeof value === 'string' ? structure : mapTexts(structure, inText, inText);
  return name === 'configurations' && request.node.type.endsWith('_pipeline') ? mapTexts(result, textAsArray) : result;
}

const textAsStructure = (text: string): Json => parseJsonObject(text) ?? text;

/** A quoted array becomes a real one; another text stays. */
function textAsArray(text: string): Json {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[') || !trimmed.endsWith(']')) {
    return text;
  }
  try {
    return JSON.parse(trimmed) as Json;
  } catch {
    return text;
  }
}

function replaced(text: string, request: StepInputsRequest, escape: Substitute): string {
  return replacePlaceholders(text, (name) => {
    const output = outputNamed(name, request.outputs);
    if (output !== undefined) {
      return output;
    }
    const parameter = ownMember(request.parameters, name);
    return typeof parameter === 'string' ? escape(parameter) : undefined;
  });
}

/** The output that `node.key` means; ids and keys may have dots, so undefined when two readings fit. */
function outputNamed(name: string, outputs: StepInputsRequest['outputs']): string | undefined {
  const found: string[] = [];
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const output = outputOf(outputs, name.slice(0, dot), name.slice(dot + 1));
    if (typeof output === 'string') {
      found.push(output);
    }
  }
  return found.length === 1 ? found[0] : undefined;
}
