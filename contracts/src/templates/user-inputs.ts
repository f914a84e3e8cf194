import type { Json, JsonObject } from '../flow/json.js';
import { isJsonObject } from '../flow/json.js';
import { refuse } from './errors.js';
import { mapMembers, parseJsonObject } from './json-walk.js';
import { readText } from './read-parts.js';

/** Name of the entries that hold credentials, at any depth. */
export const CREDENTIAL = 'credential';

/** Inputs whose objects are structures, shown as one JSON text (provisioning 3.3). */
const STRUCTURES: ReadonlySet<string> = new Set(['configurations', 'interface', 'llm']);

/** Whether objects under an input keep their structure: numbers stay numbers. */
export const isStructure = (name: string): boolean => STRUCTURES.has(name);

/** Inputs of a node in normal form (provisioning 3.3). Ends the present `checked` when one cannot be read. */
export function readUserInputs(inputs: JsonObject): JsonObject {
  return mapMembers(inputs, (value, name) => readInput(name, value));
}

function readInput(name: string, value: Json): Json {
  if (value === null) {
    return unreadable(name);
  }
  if (Array.isArray(value)) {
    return value.map((item) => (name === 'processors' ? readProcessor(item) : readItem(name, item)));
  }
  if (isJsonObject(value)) {
    return isStructure(name) || name === 'guardrails' ? value : readMap(name, value);
  }
  return typeof value === 'string' && isStructure(name) ? readStructureText(value) : value;
}

/** A text stays one, unless it has a credential: that has to be found by those who encrypt and leave out. */
function readStructureText(text: string): Json {
  // A name may be written with escapes.
  const mayHaveOne = text.includes(CREDENTIAL) || text.includes('\\u');
  const structure = mayHaveOne ? parseJsonObject(text) : undefined;
  return structure !== undefined && hasCredential(structure) ? structure : text;
}

function hasCredential(value: Json): boolean {
  if (Array.isArray(value)) {
    return value.some(hasCredential);
  }
  return (
    isJsonObject(value) && Object.entries(value).some(([key, member]) => key === CREDENTIAL || hasCredential(member))
  );
}

function readItem(input: string, item: Json): Json {
  if (isJsonObject(item) && input !== 'tools_order') {
    return readMap(input, item);
  }
  return typeof item === 'object' ? unreadable(input) : String(item);
}

/** A map whose values are texts, maps like it, or arrays. */
function readMap(input: string, map: JsonObject): JsonObject {
  return mapMembers(map, (value) => {
    if (value === null) {
      return unreadable(input);
    }
    if (isJsonObject(value)) {
      return readMap(input, value);
    }
    return Array.isArray(value) ? value : String(value);
  });
}

function readProcessor(processor: Json): Json {
  if (!isJsonObject(processor)) {
    return unreadable('processors');
  }
  for (const name of Object.keys(processor)) {
    if (name !== 'type' && name !== 'params') {
      refuse(400, `Unable to parse field [${name}] in a pipeline processor object.`);
    }
  }
  if (!Object.hasOwn(processor, 'type')) {
    refuse(400, 'A processor object requires a type field.');
  }
  const params = processor['params'] ?? {};
  return {
    type: readText(processor['type']),
    params: isJsonObject(params) ? readMap('processors', params) : unreadable('processors'),
  };
}

function unreadable(field: string): never {
  return refuse(400, `Unable to parse field [${field}] in a node object.`);
}

/** Inputs without any `credential` entry, at any depth (provisioning 17). */
export function withoutCredentials(inputs: JsonObject): JsonObject {
  return mapMembers(inputs, (value, name) => (name === CREDENTIAL ? undefined : withoutCredential(value)));
}

function withoutCredential(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(withoutCredential);
  }
  return isJsonObject(value) ? withoutCredentials(value) : value;
}

/**
 * Inputs as GET shows them (provisioning 3.3): structures as one JSON text, arrays in maps as JSON texts. Credentials are
 * shown as they are: leave them out before.
 */
export function shownInputs(inputs: JsonObject): JsonObject {
  return mapMembers(inputs, (value, name) =>
    isJsonObject(value) && isStructure(name) ? JSON.stringify(value) : shownInput(name, value),
  );
}

/** An input with the arrays of its maps as JSON texts; structures and guardrails stay what they are. */
export function shownInput(name: string, value: Json): Json {
  if (Array.isArray(value)) {
    return value.map((item) => (isJsonObject(item) ? shownMap(item) : item));
  }
  return isJsonObject(value) && !isStructure(name) && name !== 'guardrails' ? shownMap(value) : value;
}

function shownMap(map: JsonObject): JsonObject {
  return mapMembers(map, (value) => {
    if (Array.isArray(value)) {
      return JSON.stringify(value);
    }
    return isJsonObject(value) ? shownMap(value) : value;
  });
}
