/** Definitions with approvals, and what is sent to them. */
import type { Answer, ApiClient, CallOptions } from './api-client.js';
import { runPath } from './api-client.js';
import type { Problem } from './api-types.js';

export type SignalledBody = Problem & {
  readonly executionId: string;
  readonly workflowId: string;
  readonly signal: string;
  readonly delivered: boolean;
  readonly commandId?: string;
};

/** Approvals one after the other; `waitsFirst` holds the run up before the first. */
export function approvalsFlow(
  approvals: readonly { readonly id: string; readonly approvers?: readonly string[]; readonly timeout?: string }[],
  waitsFirst = 'PT0S',
): object {
  const nodes = approvals.map((approval, index) => {
    const next = approvals[index + 1]?.id;
    return { ...approval, type: 'approval', ...(next === undefined ? {} : { next }) };
  });
  const first = { id: 'before', type: 'wait', duration: waitsFirst, next: approvals[0]?.id };
  return { apiVersion: 'v1.0', name: 'approvals', nodes: [first, ...nodes] };
}

/** An approval, a task that works and one that must answer within a second; `url` is that of the called server. */
export function repairableFlow(url: string): object {
  const task = (id: string, more: object) => ({
    ...{ id, type: 'task', taskType: 'http.request', input: { url: `${url}/${id}` } },
    ...more,
  });
  const strict = { maxAttempts: 1, timeouts: { startToClose: 'PT1S' } };
  return {
    ...{ apiVersion: 'v1.0', name: 'repairable' },
    nodes: [
      { id: 'review', type: 'approval', next: 'steady' },
      task('steady', { next: 'flaky' }),
      task('flaky', { retryPolicy: strict, next: 'done' }),
      { id: 'done', type: 'wait', duration: 'PT0S' },
    ],
  };
}

/** Sends a signal to a run. */
export const signalRun = (
  client: ApiClient,
  flowId: string,
  executionId: string,
  name: string,
  body?: object,
  headers: NonNullable<CallOptions['headers']> = {},
): Promise<Answer<SignalledBody>> =>
  client.call('POST', `${runPath(flowId, executionId)}/signals/${encodeURIComponent(name)}`, {
    headers: { prefer: 'wait=60', ...headers },
    ...(body === undefined ? {} : { body }),
  });
