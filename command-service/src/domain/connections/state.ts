import type { ConnectionPut, ConnectionRemoved, EventMeta } from '@flowplane/contracts';

/** What decisions need of a connection (tasks 9): everything but what it connects to. */
export type ConnectionHead = Omit<ConnectionPut['data'], 'name' | 'endpoint'>;

/** By workspace, of those that have some, and name. */
export type ConnectionsState = Map<string, Map<string, ConnectionHead>>;

export const emptyConnections = (): ConnectionsState => new Map();

type Scope = Pick<EventMeta, 'workspaceId'>;

export const connectionOf = (
  connections: ConnectionsState,
  { workspaceId }: Scope,
  name: string,
): ConnectionHead | undefined => connections.get(workspaceId)?.get(name);

/** Connections of the workspace. */
export const countConnections = (connections: ConnectionsState, { workspaceId }: Scope): number =>
  connections.get(workspaceId)?.size ?? 0;

export function evolveConnections(connections: ConnectionsState, event: ConnectionPut | ConnectionRemoved): void {
  const { workspaceId } = event.meta;
  const ofWorkspace = connections.get(workspaceId) ?? new Map<string, ConnectionHead>();
  if (event.type === 'ConnectionPut') {
    const { name, endpoint: _endpoint, ...head } = event.data;
    connections.set(workspaceId, ofWorkspace.set(name, head));
    return;
  }
  ofWorkspace.delete(event.data.name);
  if (ofWorkspace.size === 0) connections.delete(workspaceId);
}

export const connectionsToJson = (connections: ConnectionsState) =>
  [...connections].map(([workspaceId, ofWorkspace]) => [workspaceId, [...ofWorkspace]] as const);
export const connectionsFromJson = (saved: ReturnType<typeof connectionsToJson>): ConnectionsState =>
  new Map(saved.map(([workspaceId, ofWorkspace]) => [workspaceId, new Map(ofWorkspace)]));
