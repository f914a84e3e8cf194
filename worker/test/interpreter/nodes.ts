import type { FlowNode, JsonObject, RetryPolicy } from '@flowplane/contracts';

const withNext = (next: string | undefined): { next?: string } => (next === undefined ? {} : { next });

/** Short forms of nodes for tests. */
export const echo = (id: string, next?: string, input?: JsonObject): FlowNode => ({
  id,
  type: 'task',
  taskType: 'echo',
  ...(input === undefined ? {} : { input }),
  ...withNext(next),
});
export const http = (id: string, url: string, next?: string, retryPolicy?: RetryPolicy): FlowNode => ({
  id,
  type: 'task',
  taskType: 'http.request',
  input: { url },
  ...(retryPolicy === undefined ? {} : { retryPolicy }),
  ...withNext(next),
});
export const sequence = (id: string, steps: string[], next?: string): FlowNode => ({
  id,
  type: 'sequence',
  steps,
  ...withNext(next),
});
export const parallel = (id: string, branches: string[], next?: string): FlowNode => ({
  id,
  type: 'parallel',
  branches,
  ...withNext(next),
});
export const wait = (id: string, duration: string, next?: string): FlowNode => ({
  id,
  type: 'wait',
  duration,
  ...withNext(next),
});
export const branch = (id: string, arms: readonly (readonly [string, string])[], fallback?: string): FlowNode => ({
  id,
  type: 'branch',
  arms: arms.map(([when, next]) => ({ when, next })),
  ...(fallback === undefined ? {} : { default: fallback }),
});
export const approval = (id: string, next?: string, timeout?: string): FlowNode => ({
  id,
  type: 'approval',
  ...(timeout === undefined ? {} : { timeout }),
  ...withNext(next),
});
export const subFlow = (id: string, flowId: string, next?: string, input?: JsonObject): FlowNode => ({
  id,
  type: 'sub-flow',
  flowId,
  flowVersion: '1',
  ...(input === undefined ? {} : { input }),
  ...withNext(next),
});
