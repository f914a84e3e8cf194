import type { Event } from '@flowplane/contracts';

/** An accepted event with its place in the log. */
export type LoggedEvent = { readonly partition: number; readonly offset: number; readonly message: Event };

/** Tenant, workspace and flow, as one key. The parts cannot contain a colon. */
export type FlowKey = string;

export const flowKeyOf = (tenantId: string, workspaceId: string, flowId: string): FlowKey =>
  `${tenantId}:${workspaceId}:${flowId}`;

export const flowKeyOfEvent = (event: Event, flowId: string): FlowKey =>
  flowKeyOf(event.meta.tenantId, event.meta.workspaceId, flowId);
