import { callExpecting, type ApiClient } from './api-client.js';
import { THREE_TASK_FLOW } from './run-commands.js';

export const ASYNC = { prefer: 'respond-async' } as const;

/** A definition that benches publish. */
export type MeasuredFlow = {
  readonly name: string;
  readonly nodes: readonly object[];
  readonly [key: string]: unknown;
};

/** Creates and publishes a flow for the client's tenant. @returns the path that starts its runs */
export async function publishMeasuredFlow(
  client: ApiClient,
  definition: MeasuredFlow = THREE_TASK_FLOW,
  flowId = 'measured',
): Promise<string> {
  await callExpecting(client, 201, 'POST', '/flows', { flowId, name: definition.name, definition });
  await callExpecting(client, 201, 'POST', `/flows/${flowId}/versions`);
  return `/flows/${flowId}/executions`;
}
