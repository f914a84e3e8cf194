import type { ConnectionPut, ConnectionRemoved, EventMeta } from '@flowplane/contracts';

/** What decisions need of a connection (tasks 9): everything but what it connects to. */
export type ConnectionHead = Omit<ConnectionPut['data'], 'name' | 'endpoint'>;

/** By workspace and name: ids of workspaces hold no `/`. */
export type ConnectionsState = Map<string, ConnectionHead>;

export const emptyConnections = (): ConnectionsState => new Map();

type Scope = Pick<EventMeta, 'workspaceId'>;

const keyOf = ({ workspaceId }: Scope, name: string): string => `${workspaceId}/${name}`;

export const connectionOf = (connections: ConnectionsState, scope: Scope, name: string): ConnectionHead | undefined =>
  connections.get(keyOf(scope, name));

/** Connections of the workspace. */
export function countConnections(connections: ConnectionsState, scope: Scope): number {
  const prefix = keyOf(scope, '');
  return [...connections.keys()].filter((key) => key.startsWith(prefix)).length;
}

export function evolveConnections(connections: ConnectionsState, event: ConnectionPut | ConnectionRemoved): void {
  const key = keyOf(event.meta, event.data.name);
  if (event.type === 'ConnectionRemoved') {
    connections.delete(key);
    return;
  }
  const { name: _name, endpoint: _endpoint, ...head } = event.data;
  connections.set(key, head);
}

export const connectionsToJson = (connections: ConnectionsState) => [...connections];
export const connectionsFromJson = (saved: ReturnType<typeof connectionsToJson>): ConnectionsState => new Map(saved);
