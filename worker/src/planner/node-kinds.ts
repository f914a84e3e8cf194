import type { FlowNode } from '@flowplane/contracts';

/** Nodes that hold others: the planner walks them, nothing performs them. */
export const isComposite = (type: FlowNode['type'] | undefined): boolean => type === 'sequence' || type === 'parallel';

/** Nodes whose output becomes `state[nodeId]` (flow-language 5.1); true for a node of unknown type. */
export const writesState = (type: FlowNode['type'] | undefined): boolean =>
  type === undefined || type === 'task' || type === 'approval' || type === 'sub-flow';
