import { callExpecting, type ApiClient } from './api-client.js';
import { THREE_TASK_FLOW } from './run-commands.js';

export const ASYNC = { prefer: 'respond-async' } as const;

/** Creates and publishes the measured flow for the client's tenant. @returns the path that starts its runs */
export async function publishMeasuredFlow(client: ApiClient): Promise<string> {
  const flowId = 'measured';
  const definition = THREE_TASK_FLOW;
  await callExpecting(client, 201, 'POST', '/flows', { flowId, name: definition.name, definition });
  await callExpecting(client, 201, 'POST', `/flows/${flowId}/versions`);
  return `/flows/${flowId}/executions`;
}
