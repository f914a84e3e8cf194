import type { Connection, ConnectionKind } from '@flowplane/contracts';
import { finalError } from '../task-error.js';
import type { TaskAttempt } from '../task-handler.js';

/**
 * The connection of this name in the workspace of the attempt's run, with its secret; asked once in an attempt, after its
 * token was checked.
 *
 * @throws TaskError `CONNECTION_NOT_FOUND`; `VALIDATION_ERROR` for one of another kind; `UPSTREAM_UNAVAILABLE` where it
 *   cannot be read now; `CAPABILITY_UNAVAILABLE` where no master key is configured
 */
export type ResolveConnection = <K extends ConnectionKind>(
  kind: K,
  name: string,
  attempt: TaskAttempt,
) => Promise<Connection<K>>;

export const connectionNotFound = (name: string): Error =>
  finalError('CONNECTION_NOT_FOUND', `The workspace has no connection ${JSON.stringify(name)}.`);

/** Of a worker that knows of no connections. */
export const noConnections: ResolveConnection = (_kind, name) => Promise.reject(connectionNotFound(name));
