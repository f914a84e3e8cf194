import type { ErrorObject } from 'ajv';
import type { NodeType } from './document.js';

/** Members in the order of the language's tables; a member that is not listed follows in document order. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  root: ['apiVersion', 'name', 'description', 'inputs', 'triggers', 'canvasMetadata', 'nodes'],
  input: ['type', 'required', 'description', 'default'],
  trigger: ['kind', 'schedule', 'path', 'eventType', 'filter', 'dedupeKey', 'options'],
  triggerOptions: ['overlap', 'catchupWindow'],
  arm: ['when', 'next'],
  retryPolicy: [
    'maxAttempts',
    'backoffCoefficient',
    'initialInterval',
    'maximumInterval',
    'nonRetryableErrors',
    'timeouts',
  ],
  timeouts: ['startToClose', 'scheduleToClose', 'heartbeat'],
};

const NODE_TABLES: Readonly<Record<NodeType, readonly string[]>> = {
  sequence: ['id', 'type', 'name', 'next', 'steps'],
  parallel: ['id', 'type', 'name', 'next', 'branches'],
  task: ['id', 'type', 'name', 'next', 'taskType', 'input', 'retryPolicy'],
  branch: ['id', 'type', 'name', 'arms', 'default'],
  wait: ['id', 'type', 'name', 'next', 'duration'],
  approval: ['id', 'type', 'name', 'next', 'approvers', 'timeout'],
  'sub-flow': ['id', 'type', 'name', 'next', 'flowId', 'flowVersion', 'input'],
};

const MISSING_RANK = -3;
const UNKNOWN_RANK = -2;
const OWN_RANK = -1;

/**
 * Sort key of an ajv error below a value (the root, or one node when `type` is given): per level the member's
 * place, then on the object itself missing properties, unknown properties in document order, and other rules.
 */
export function orderOf(error: ErrorObject, tokens: string[], value: unknown, type?: NodeType): number[] {
  const order: number[] = [];
  let at: unknown = value;
  for (let depth = 0; depth < tokens.length; depth++) {
    const token = tokens[depth] ?? '';
    order.push(placeOf(at, token, tableFor(tokens.slice(0, depth), type)));
    at = (at as Record<string, unknown> | undefined)?.[token];
  }
  const table = tableFor(tokens, type);
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'required') {
    return [...order, MISSING_RANK, table.indexOf(String(params['missingProperty']))];
  }
  if (error.keyword === 'additionalProperties') {
    // ajv walks own keys in document order and the caller's sort is stable.
    return [...order, UNKNOWN_RANK];
  }
  return [...order, OWN_RANK];
}

function placeOf(container: unknown, token: string, table: readonly string[]): number {
  if (Array.isArray(container)) {
    return Number(token);
  }
  const listed = table.indexOf(token);
  return listed >= 0 ? listed : table.length + keyPlace(container as object, token);
}

// Remembered per container: a map with very many bad members must not cost a scan for each of them.
const KEY_PLACES = new WeakMap<object, Map<string, number>>();

function keyPlace(container: object, key: string): number {
  let places = KEY_PLACES.get(container);
  if (places === undefined) {
    places = new Map(Object.keys(container).map((name, place) => [name, place]));
    KEY_PLACES.set(container, places);
  }
  return places.get(key) ?? 0;
}

function tableFor(tokens: readonly string[], type: NodeType | undefined): readonly string[] {
  const [first, , third] = tokens;
  if (type !== undefined) {
    return tableForNodePart(tokens, type);
  }
  if (tokens.length === 0) {
    return TABLES['root'] ?? [];
  }
  if (first === 'inputs') {
    return tokens.length === 2 ? (TABLES['input'] ?? []) : [];
  }
  if (first === 'triggers') {
    return (third === 'options' ? TABLES['triggerOptions'] : tokens.length === 2 ? TABLES['trigger'] : []) ?? [];
  }
  return [];
}

function tableForNodePart(tokens: readonly string[], type: NodeType): readonly string[] {
  const [first, second] = tokens;
  if (first === undefined) {
    return NODE_TABLES[type];
  }
  if (first === 'arms') {
    return TABLES['arm'] ?? [];
  }
  if (first === 'retryPolicy') {
    return (second === 'timeouts' ? TABLES['timeouts'] : TABLES['retryPolicy']) ?? [];
  }
  return [];
}
