import type { NodeType } from './document.js';
import { inputTypes, overlapPolicies, triggerKinds } from './document.js';

type Schema = Record<string, unknown>;

/** The draft-07 keywords the definition schemas use; every one has a message form in `structural.ts`. */
const text: Schema = { type: 'string' };
const filledText: Schema = { type: 'string', minLength: 1 };
const freeObject: Schema = { type: 'object' };

function closed(properties: Record<string, Schema>, required: string[] = []): Schema {
  return { type: 'object', additionalProperties: false, required, properties };
}

const inputDeclaration = closed(
  {
    type: { enum: [...inputTypes] },
    required: { type: 'boolean' },
    description: text,
    default: {},
  },
  ['type'],
);

const trigger = closed(
  {
    kind: { enum: [...triggerKinds] },
    schedule: text,
    path: text,
    eventType: text,
    filter: text,
    dedupeKey: text,
    options: closed({ overlap: { enum: [...overlapPolicies] }, catchupWindow: text }),
  },
  ['kind'],
);

const retryPolicy = closed({
  maxAttempts: { type: 'integer', minimum: 1 },
  backoffCoefficient: { type: 'number', minimum: 1 },
  initialInterval: text,
  maximumInterval: text,
  nonRetryableErrors: { type: 'array', items: text },
  timeouts: closed({ startToClose: text, scheduleToClose: text, heartbeat: text }),
});

/** Everything but the items of `nodes`, which are checked one by one against their own type. */
export function rootSchema(maxNodes: number): Schema {
  return closed(
    {
      apiVersion: { const: 'v1.0' },
      name: filledText,
      description: text,
      inputs: { type: 'object', additionalProperties: inputDeclaration },
      triggers: { type: 'array', items: trigger },
      canvasMetadata: freeObject,
      nodes: { type: 'array', minItems: 1, maxItems: maxNodes },
    },
    ['apiVersion', 'name', 'nodes'],
  );
}

const nodeMembers: Record<NodeType, { required: string[]; properties: Record<string, Schema> }> = {
  sequence: { required: ['steps'], properties: { next: filledText, steps: { type: 'array', items: text } } },
  parallel: {
    required: ['branches'],
    properties: { next: filledText, branches: { type: 'array', items: text, minItems: 2 } },
  },
  task: {
    required: ['taskType'],
    properties: { next: filledText, taskType: filledText, input: freeObject, retryPolicy },
  },
  branch: {
    required: ['arms'],
    properties: {
      arms: { type: 'array', minItems: 1, items: closed({ when: filledText, next: filledText }, ['when', 'next']) },
      default: filledText,
    },
  },
  wait: { required: ['duration'], properties: { next: filledText, duration: filledText } },
  approval: {
    required: [],
    properties: { next: filledText, approvers: { type: 'array', items: text }, timeout: text },
  },
  'sub-flow': {
    required: ['flowId', 'flowVersion'],
    properties: { next: filledText, flowId: filledText, flowVersion: filledText, input: freeObject },
  },
};

/** The shape of one node of the given type. `type` itself is decided before the schema is chosen. */
export function nodeSchema(type: NodeType): Schema {
  const { required, properties } = nodeMembers[type];
  return closed({ id: { type: 'string', minLength: 1, maxLength: 256 }, type: {}, name: text, ...properties }, [
    'id',
    ...required,
  ]);
}
