import type { ErrorObject, ValidateFunction } from 'ajv';
import type { FlowDefinition, NodeType } from './document.js';
import { NODE_TYPES } from './document.js';
import { isJsonObject } from './json.js';
import { pointerTo, pointerTokens } from './pointer.js';
import { structureValidator } from './schema-validators.js';
import { ruleOf } from './structural-message.js';
import { orderOf } from './structural-order.js';
import { DEFAULT_MAX_NODES, DEFAULT_MAX_TRIGGERS, nodeSchema, rootSchema } from './structural-schema.js';

/** One structural error, exactly the keys of the contract (flow-language 2.2). */
export type StructuralError = {
  readonly code: 'FLW-E000';
  /** `id` of the node that contains `path`, else null. */
  readonly nodeId: string | null;
  /** RFC 6901 pointer; the document root is `""`. */
  readonly path: string;
  readonly message: string;
};

export type StructuralOptions = {
  /** Largest legal number of nodes (FLOWS_MAX_NODES, default 1000). */
  readonly maxNodes?: number;
  /** Largest legal number of triggers (FLOWS_MAX_TRIGGERS, default 100). */
  readonly maxTriggers?: number;
};

export type StructuralResult =
  | { readonly ok: true; readonly definition: FlowDefinition }
  | { readonly ok: false; readonly errors: [StructuralError, ...(readonly StructuralError[])] };

// Compiled on first use: most processes that import this package validate nothing.
const COMPILED = new Map<string, ValidateFunction>();

function compiled(key: string, schema: () => object): ValidateFunction {
  let validate = COMPILED.get(key);
  if (validate === undefined) {
    validate = structureValidator(schema());
    COMPILED.set(key, validate);
  }
  return validate;
}

/**
 * Structural validation, FLW-E000 (flow-language 2): every error, in the order of flow-language 2.3, equal messages
 * once. Total: never throws, for any value. Nodes beyond `maxNodes` are refused by count and not looked at, so the
 * answer cannot grow beyond all bounds.
 */
export function validateStructure(document: unknown, options: StructuralOptions = {}): StructuralResult {
  const maxNodes = options.maxNodes ?? DEFAULT_MAX_NODES;
  const maxTriggers = options.maxTriggers ?? DEFAULT_MAX_TRIGGERS;
  const found = [...rootErrors(document, maxNodes, maxTriggers), ...nodesErrors(document, maxNodes)];
  const seen = new Set<string>();
  const errors = found.filter(({ message }) => !seen.has(message) && seen.add(message));
  const [first, ...rest] = errors;
  return first === undefined
    ? { ok: true, definition: document as FlowDefinition }
    : { ok: false, errors: [first, ...rest] };
}

function rootErrors(document: unknown, maxNodes: number, maxTriggers: number): StructuralError[] {
  const validate = compiled(`root ${maxNodes} ${maxTriggers}`, () => rootSchema(maxNodes, maxTriggers));
  validate(document);
  return toErrors(validate.errors, document, '', null);
}

function nodesErrors(document: unknown, maxNodes: number): StructuralError[] {
  if (!isJsonObject(document) || !Object.hasOwn(document, 'nodes') || !Array.isArray(document['nodes'])) {
    return [];
  }
  return document['nodes'].slice(0, maxNodes).flatMap((node, index) => nodeErrors(node, pointerTo('/nodes', index)));
}

function nodeErrors(node: unknown, path: string): StructuralError[] {
  if (!isJsonObject(node)) {
    return [structuralError(path, 'must be object', null)];
  }
  const nodeId = typeof node['id'] === 'string' && Object.hasOwn(node, 'id') ? node['id'] : null;
  const type = Object.hasOwn(node, 'type') ? node['type'] : undefined;
  const known = NODE_TYPES.find((candidate) => candidate === type);
  if (known === undefined) {
    return [structuralError(`${path}/type`, `must be one of ${quotedList(NODE_TYPES)}`, nodeId)];
  }
  const validate = compiled(known, () => nodeSchema(known));
  validate(node);
  return toErrors(validate.errors, node, path, nodeId, known);
}

function toErrors(
  errors: ErrorObject[] | null | undefined,
  value: unknown,
  base: string,
  nodeId: string | null,
  type?: NodeType,
): StructuralError[] {
  const typeErrors = new Set(
    (errors ?? []).filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath),
  );
  return (errors ?? [])
    .filter(({ keyword, instancePath }) => keyword === 'type' || !typeErrors.has(instancePath))
    .map((error) => ({ error, order: orderOf(error, pointerTokens(error.instancePath), value, type) }))
    .sort((a, b) => compareOrders(a.order, b.order))
    .map(({ error }) => structuralError(`${base}${error.instancePath}`, ruleOf(error), nodeId));
}

function compareOrders(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return a.length - b.length;
}

function structuralError(path: string, rule: string, nodeId: string | null): StructuralError {
  return { code: 'FLW-E000', nodeId, path, message: `${path === '' ? '(root)' : path} ${rule}` };
}

function quotedList(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}
