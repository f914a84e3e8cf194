import type { NodeType } from './document.js';
import { INPUT_TYPES, OVERLAP_POLICIES, TRIGGER_KINDS } from './document.js';

type Schema = Readonly<Record<string, unknown>>;

export const DEFAULT_MAX_NODES = 1000;
export const DEFAULT_MAX_TRIGGERS = 100;

/** The draft-07 keywords the definition schemas use; every one has a message form in `structural.ts`. */
const TEXT: Schema = { type: 'string' };
const FILLED_TEXT: Schema = { type: 'string', minLength: 1 };
const FREE_OBJECT: Schema = { type: 'object' };
const INPUT_TYPE: Schema = { enum: [...INPUT_TYPES] };
const TRIGGER_KIND: Schema = { enum: [...TRIGGER_KINDS] };
const OVERLAP: Schema = { enum: [...OVERLAP_POLICIES] };

function closed(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', additionalProperties: false, required, properties };
}

const INPUT_DECLARATION = closed(
  {
    type: INPUT_TYPE,
    required: { type: 'boolean' },
    description: TEXT,
    default: {},
  },
  ['type'],
);

const TRIGGER_OPTIONS = closed({ overlap: OVERLAP, catchupWindow: TEXT });

const TRIGGER = closed(
  {
    kind: TRIGGER_KIND,
    schedule: TEXT,
    path: TEXT,
    eventType: TEXT,
    filter: TEXT,
    dedupeKey: TEXT,
    options: TRIGGER_OPTIONS,
  },
  ['kind'],
);

const TIMEOUTS = closed({ startToClose: TEXT, scheduleToClose: TEXT, heartbeat: TEXT });

const RETRY_POLICY = closed({
  maxAttempts: { type: 'integer', minimum: 1 },
  backoffCoefficient: { type: 'number', minimum: 1 },
  initialInterval: TEXT,
  maximumInterval: TEXT,
  nonRetryableErrors: { type: 'array', items: TEXT },
  timeouts: TIMEOUTS,
});

const ARM = closed({ when: FILLED_TEXT, next: FILLED_TEXT }, ['when', 'next']);

/** Parts of the schemas, to be recognised by who names them. */
export const DEFINITION_PARTS = {
  FREE_OBJECT,
  INPUT_DECLARATION,
  INPUT_TYPE,
  TRIGGER,
  TRIGGER_KIND,
  TRIGGER_OPTIONS,
  OVERLAP,
  RETRY_POLICY,
  TIMEOUTS,
  ARM,
} as const;

/** Everything but the items of `nodes`, which are checked one by one against their own type. */
export function rootSchema(maxNodes: number, maxTriggers: number): Schema {
  return closed(
    {
      apiVersion: { const: 'v1.0' },
      name: FILLED_TEXT,
      description: TEXT,
      inputs: { type: 'object', additionalProperties: INPUT_DECLARATION },
      triggers: { type: 'array', items: TRIGGER, maxItems: maxTriggers },
      canvasMetadata: FREE_OBJECT,
      nodes: { type: 'array', minItems: 1, maxItems: maxNodes },
    },
    ['apiVersion', 'name', 'nodes'],
  );
}

const NODE_MEMBERS: Record<
  NodeType,
  { readonly required: readonly string[]; readonly properties: Readonly<Record<string, Schema>> }
> = {
  sequence: { required: ['steps'], properties: { next: FILLED_TEXT, steps: { type: 'array', items: TEXT } } },
  parallel: {
    required: ['branches'],
    properties: { next: FILLED_TEXT, branches: { type: 'array', items: TEXT, minItems: 2 } },
  },
  task: {
    required: ['taskType'],
    properties: { next: FILLED_TEXT, taskType: FILLED_TEXT, input: FREE_OBJECT, retryPolicy: RETRY_POLICY },
  },
  branch: {
    required: ['arms'],
    properties: {
      arms: { type: 'array', minItems: 1, items: ARM },
      default: FILLED_TEXT,
    },
  },
  wait: { required: ['duration'], properties: { next: FILLED_TEXT, duration: FILLED_TEXT } },
  approval: {
    required: [],
    properties: { next: FILLED_TEXT, approvers: { type: 'array', items: TEXT }, timeout: TEXT, message: FILLED_TEXT },
  },
  'sub-flow': {
    required: ['flowId', 'flowVersion'],
    properties: { next: FILLED_TEXT, flowId: FILLED_TEXT, flowVersion: FILLED_TEXT, input: FREE_OBJECT },
  },
};

/** The shape of one node of the given type. `type` itself is decided before the schema is chosen. */
export function nodeSchema(type: NodeType): Schema {
  const { required, properties } = NODE_MEMBERS[type];
  return closed({ id: { type: 'string', minLength: 1, maxLength: 256 }, type: {}, name: TEXT, ...properties }, [
    'id',
    ...required,
  ]);
}
