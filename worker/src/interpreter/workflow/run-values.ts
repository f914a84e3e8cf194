import type { Json, JsonObject } from '@flowplane/contracts';
import { setOwn, utf8Bytes } from '@flowplane/contracts/flow/json';

/** The values of a run (flow-language 5.1): the start input, the outputs so far, and the size of the state map. */
export type RunValues = {
  readonly inputs: JsonObject;
  /** Outputs by node id, in the order of completion. */
  readonly outputs: JsonObject;
  /** Bytes of the state map as compact JSON, without the commas between entries. */
  stateBytes: number;
};

export function openValues(inputs: JsonObject, outputs: JsonObject = {}): RunValues {
  const values: RunValues = { inputs, outputs: {}, stateBytes: 2 };
  for (const [key, value] of Object.entries(inputs)) values.stateBytes += entryBytes(key, value);
  for (const [key, value] of Object.entries(outputs)) putOutput(values, key, value);
  return values;
}

/**
 * Writes `state[nodeId]`; an input of the same name is replaced.
 *
 * @returns bytes of the state map as compact JSON
 */
export function putOutput(values: RunValues, nodeId: string, output: Json): number {
  const replaced = values.inputs[nodeId];
  if (replaced !== undefined && Object.hasOwn(values.inputs, nodeId)) values.stateBytes -= entryBytes(nodeId, replaced);
  setOwn(values.outputs, nodeId, output);
  values.stateBytes += entryBytes(nodeId, output);
  return values.stateBytes + Math.max(0, countKeys(values) - 1);
}

/** The state map: inputs, overwritten by outputs. */
export function stateOf(values: RunValues): JsonObject {
  const state: JsonObject = {};
  for (const [key, value] of Object.entries(values.inputs)) setOwn(state, key, value);
  for (const [key, value] of Object.entries(values.outputs)) setOwn(state, key, value);
  return state;
}

function countKeys({ inputs, outputs }: RunValues): number {
  let count = Object.keys(outputs).length;
  for (const key of Object.keys(inputs)) if (!Object.hasOwn(outputs, key)) count += 1;
  return count;
}

/** Bytes of `"key":value`. */
function entryBytes(key: string, value: Json): number {
  return utf8Bytes(JSON.stringify(key)) + 1 + utf8Bytes(JSON.stringify(value));
}
