import type { LoggedEvent } from './logged-event.js';
import { plainText } from '@flowplane/contracts/read-model';

/** A connection of a workspace (tasks 9). Times are epoch milliseconds. */
export type ConnectionRow = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly kind: string;
  /** JSON text of an object. */
  readonly endpoint: string;
  readonly version: number;
  readonly secretId: string | null;
  readonly fingerprint: string | null;
  /** JSON text of an array of `SupersededSecret`. */
  readonly superseded: string;
  readonly createdAt: number;
  readonly rotatedAt: number;
  readonly rotatedBy: string;
  readonly logOffset: number;
};

/** Tenant, workspace and name, as one key. The parts cannot contain a colon. */
export type ConnectionKey = string;

/** Connections that a batch has put, as it leaves them, and removed (null): an event says all there is to know. */
export type ConnectionsFold = Map<ConnectionKey, ConnectionRow | null>;

/** Takes one event into the connections table. */
export function foldConnection(fold: ConnectionsFold, { message: event, offset }: LoggedEvent): void {
  if (event.type !== 'ConnectionPut' && event.type !== 'ConnectionRemoved') return;
  const { tenantId, workspaceId } = event.meta;
  const key = `${tenantId}:${workspaceId}:${event.data.name}`;
  if (event.type === 'ConnectionRemoved') {
    fold.set(key, null);
    return;
  }
  const { name, kind, endpoint, version, secretId, fingerprint, superseded } = event.data;
  const { createdAt, rotatedAt, rotatedBy } = event.data;
  fold.set(key, {
    ...{ tenantId, workspaceId, name, kind, version, secretId, fingerprint, createdAt, rotatedAt, logOffset: offset },
    endpoint: plainText(endpoint),
    superseded: JSON.stringify(superseded),
    rotatedBy: plainText(rotatedBy),
  });
}
