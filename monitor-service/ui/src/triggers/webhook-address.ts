/** Where a webhook is sent to. */
export const webhookAddress = (origin: string, workspaceId: string, triggerId: string): string =>
  `${origin}/v1/flows/workspaces/${encodeURIComponent(workspaceId)}/triggers/webhooks/${encodeURIComponent(triggerId)}`;
