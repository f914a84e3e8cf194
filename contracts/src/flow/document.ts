import type { Json, JsonObject } from './json.js';

/** Types of a declared start input. */
export const INPUT_TYPES = ['string', 'number', 'boolean', 'object', 'array'] as const;
export type InputType = (typeof INPUT_TYPES)[number];

/** Kinds of trigger a document may declare. */
export const TRIGGER_KINDS = ['cron', 'webhook', 'platform-event'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** Spellings of `options.overlap`; see `canonicalOverlap` for their meaning. */
export const OVERLAP_POLICIES = [
  'skip',
  'allow',
  'allow_all',
  'buffer',
  'buffer_one',
  'buffer_all',
  'cancel_other',
  'terminate_other',
] as const;
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** Types of node, in the order of the language's table. */
export const NODE_TYPES = ['sequence', 'parallel', 'task', 'branch', 'wait', 'approval', 'sub-flow'] as const;
export type NodeType = (typeof NODE_TYPES)[number];

export type InputDeclaration = {
  readonly type: InputType;
  readonly required?: boolean;
  readonly description?: string;
  readonly default?: Json;
};

export type TriggerOptions = {
  readonly overlap?: OverlapPolicy;
  readonly catchupWindow?: string;
};

export type Trigger = {
  readonly kind: TriggerKind;
  readonly schedule?: string;
  readonly path?: string;
  readonly eventType?: string;
  readonly filter?: string;
  readonly dedupeKey?: string;
  readonly options?: TriggerOptions;
};

export type RetryTimeouts = {
  readonly startToClose?: string;
  readonly scheduleToClose?: string;
  readonly heartbeat?: string;
};

export type RetryPolicy = {
  readonly maxAttempts?: number;
  readonly backoffCoefficient?: number;
  readonly initialInterval?: string;
  readonly maximumInterval?: string;
  readonly nonRetryableErrors?: readonly string[];
  readonly timeouts?: RetryTimeouts;
};

type NodeBase = {
  readonly id: string;
  readonly name?: string;
};

type ChainedNode = NodeBase & {
  readonly next?: string;
};

export type SequenceNode = ChainedNode & {
  readonly type: 'sequence';
  readonly steps: readonly string[];
};

export type ParallelNode = ChainedNode & {
  readonly type: 'parallel';
  readonly branches: readonly string[];
};

export type TaskNode = ChainedNode & {
  readonly type: 'task';
  readonly taskType: string;
  readonly input?: JsonObject;
  readonly retryPolicy?: RetryPolicy;
};

export type BranchArm = {
  readonly when: string;
  readonly next: string;
};

/** The only node without `next`: its arms and `default` continue the chain. */
export type BranchNode = NodeBase & {
  readonly type: 'branch';
  readonly arms: readonly BranchArm[];
  readonly default?: string;
};

export type WaitNode = ChainedNode & {
  readonly type: 'wait';
  readonly duration: string;
};

export type ApprovalNode = ChainedNode & {
  readonly type: 'approval';
  readonly approvers?: readonly string[];
  readonly timeout?: string;
  /** For those who decide; templated. */
  readonly message?: string;
};

export type SubFlowNode = ChainedNode & {
  readonly type: 'sub-flow';
  readonly flowId: string;
  readonly flowVersion: string;
  readonly input?: JsonObject;
};

export type FlowNode = SequenceNode | ParallelNode | TaskNode | BranchNode | WaitNode | ApprovalNode | SubFlowNode;

/** A structurally valid flow definition (flow-language 1). */
export type FlowDefinition = {
  readonly apiVersion: 'v1.0';
  readonly name: string;
  readonly description?: string;
  readonly inputs?: Readonly<Record<string, InputDeclaration>>;
  readonly triggers?: readonly Trigger[];
  readonly nodes: readonly FlowNode[];
  readonly canvasMetadata?: JsonObject;
};
