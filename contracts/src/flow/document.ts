import type { Json, JsonObject } from './json.js';

/** Types of a declared start input. */
export const inputTypes = ['string', 'number', 'boolean', 'object', 'array'] as const;
export type InputType = (typeof inputTypes)[number];

/** Kinds of trigger a document may declare. */
export const triggerKinds = ['cron', 'webhook', 'platform-event'] as const;
export type TriggerKind = (typeof triggerKinds)[number];

/** Spellings of `options.overlap`; see `canonicalOverlap` for their meaning. */
export const overlapPolicies = [
  'skip',
  'allow',
  'allow_all',
  'buffer',
  'buffer_one',
  'buffer_all',
  'cancel_other',
  'terminate_other',
] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];

/** Types of node, in the order of the language's table. */
export const nodeTypes = ['sequence', 'parallel', 'task', 'branch', 'wait', 'approval', 'sub-flow'] as const;
export type NodeType = (typeof nodeTypes)[number];

export interface InputDeclaration {
  type: InputType;
  required?: boolean;
  description?: string;
  default?: Json;
}

export interface TriggerOptions {
  overlap?: OverlapPolicy;
  catchupWindow?: string;
}

export interface Trigger {
  kind: TriggerKind;
  schedule?: string;
  path?: string;
  eventType?: string;
  filter?: string;
  dedupeKey?: string;
  options?: TriggerOptions;
}

export interface RetryTimeouts {
  startToClose?: string;
  scheduleToClose?: string;
  heartbeat?: string;
}

export interface RetryPolicy {
  maxAttempts?: number;
  backoffCoefficient?: number;
  initialInterval?: string;
  maximumInterval?: string;
  nonRetryableErrors?: string[];
  timeouts?: RetryTimeouts;
}

interface NodeBase {
  id: string;
  name?: string;
}

interface ChainedNode extends NodeBase {
  next?: string;
}

export interface SequenceNode extends ChainedNode {
  type: 'sequence';
  steps: string[];
}

export interface ParallelNode extends ChainedNode {
  type: 'parallel';
  branches: string[];
}

export interface TaskNode extends ChainedNode {
  type: 'task';
  taskType: string;
  input?: JsonObject;
  retryPolicy?: RetryPolicy;
}

export interface BranchArm {
  when: string;
  next: string;
}

/** The only node without `next`: its arms and `default` continue the chain. */
export interface BranchNode extends NodeBase {
  type: 'branch';
  arms: BranchArm[];
  default?: string;
}

export interface WaitNode extends ChainedNode {
  type: 'wait';
  duration: string;
}

export interface ApprovalNode extends ChainedNode {
  type: 'approval';
  approvers?: string[];
  timeout?: string;
}

export interface SubFlowNode extends ChainedNode {
  type: 'sub-flow';
  flowId: string;
  flowVersion: string;
  input?: JsonObject;
}

export type FlowNode = SequenceNode | ParallelNode | TaskNode | BranchNode | WaitNode | ApprovalNode | SubFlowNode;

/** A structurally valid flow definition (flow-language 1). */
export interface FlowDefinition {
  apiVersion: 'v1.0';
  name: string;
  description?: string;
  inputs?: Record<string, InputDeclaration>;
  triggers?: Trigger[];
  nodes: FlowNode[];
  canvasMetadata?: JsonObject;
}
