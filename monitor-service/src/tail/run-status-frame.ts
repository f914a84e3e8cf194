import { runStatusLine, type Event } from '@flowplane/contracts';
import type { TenantScope } from '@flowplane/plumbing/postgres';
import type { Tailed } from './partition-ring.js';

/** What the stream of a workspace shows of an event. */
export type RunStatusFrame = Tailed;

/** Whose stream shows an event. Ids of tenants have no such character. */
export const workspaceKey = ({ tenantId, workspaceId }: TenantScope): string => `${tenantId}/${workspaceId}`;

/** Types of events that no stream shows: they need not be decoded. */
export const SHOWN_TYPES: ReadonlySet<Event['type']> = new Set([
  ...(['ExecutionRequested', 'ExecutionStarted', 'ExecutionCancelRequested', 'ExecutionClosed'] as const),
]);

/** @returns undefined for an event that the stream of a workspace does not show */
export function runStatusFrame(event: Event, offset: number): RunStatusFrame | undefined {
  const data = SHOWN_TYPES.has(event.type) ? runStatusLine(event, offset) : undefined;
  return data === undefined ? undefined : { key: workspaceKey(event.meta), offset, data };
}
