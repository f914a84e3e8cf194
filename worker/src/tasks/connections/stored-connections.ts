import {
  CONNECTION_NAME,
  CONTROL_PROJECTION,
  DEFAULT_CONNECTION,
  type Connection,
  type ConnectionKind,
} from '@flowplane/contracts';
import { isUnavailable, type Pool } from '@flowplane/plumbing/postgres';
import {
  BEHIND,
  connectionAsOf,
  readAsOf,
  type ProgressTracker,
  type StoredConnection,
} from '@flowplane/runtime/read-model';
import { MasterKeyMissing, SecretMissing, type SecretStore } from '@flowplane/runtime/secrets';
import { DataKeyUnreadable, SecretUnreadable } from '@flowplane/runtime/secrets';
import { requireToken, type TokenSettings } from '../execution-token.js';
import { finalError, retryableError } from '../task-error.js';
import type { TaskAttempt } from '../task-handler.js';
import { connectionNotFound, type ResolveConnection } from './resolve-connection.js';

export type StoredConnectionsPorts = {
  readonly readPool: Pool;
  /** Of the read models; opened with the first connection that has to be waited for. */
  readonly progress: () => Pick<ProgressTracker, 'waitFor'>;
  readonly secrets: Pick<SecretStore, 'get'>;
  readonly token: TokenSettings;
  readonly waitMs?: number;
};

/** Longest wait of an attempt for read models that are behind the start of its run. */
const BEHIND_WAIT_MS = 30_000;
/** Looks at a connection whose secret is gone when it is asked for: another PUT has taken its place. */
const MAX_LOOKS = 3;

/**
 * Connections as the workspace has them now, and at least as it had them when the run was asked for: a PUT that was
 * answered before is seen, however far the read models are behind. Nothing is kept, so the next attempt sees the next PUT.
 */
export function makeResolveConnection(ports: StoredConnectionsPorts): ResolveConnection {
  return async <K extends ConnectionKind>(kind: K, name: string, attempt: TaskAttempt): Promise<Connection<K>> => {
    requireToken(attempt.token, attempt.tenant, ports.token);
    if (!CONNECTION_NAME.test(name) || name === DEFAULT_CONNECTION) throw connectionNotFound(name);
    for (let looks = 1; ; looks++) {
      const stored = await newest(ports, name, attempt);
      if (stored === undefined) throw connectionNotFound(name);
      if (stored.kind !== kind) {
        throw finalError('VALIDATION_ERROR', `/connection names a connection of kind ${stored.kind}, not ${kind}.`);
      }
      try {
        const secret = await secretOf(ports, attempt.tenant.tenantId, stored);
        const endpoint: unknown = JSON.parse(stored.endpoint);
        return { name, kind, version: String(stored.logOffset), endpoint, secret } as Connection<K>;
      } catch (cause) {
        if (!(cause instanceof SecretMissing) || looks === MAX_LOOKS) throw asTaskError(cause);
      }
    }
  };
}

/** @throws TaskError `UPSTREAM_UNAVAILABLE` */
async function newest(
  ports: StoredConnectionsPorts,
  name: string,
  { tenant, requestedAt, signal }: TaskAttempt,
): Promise<StoredConnection | undefined> {
  const { partition, offset } = requestedAt ?? FROM_THE_START;
  const look = async (): Promise<StoredConnection | undefined | typeof BEHIND> => {
    const { connection, nextOffset } = await connectionAsOf(ports.readPool, tenant, name, partition);
    return nextOffset < offset ? BEHIND : connection;
  };
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(ports.waitMs ?? BEHIND_WAIT_MS)]);
  try {
    const progress = { waitFor: (...given: WaitFor) => ports.progress().waitFor(...given) };
    const place = { progress, name: CONTROL_PROJECTION, partition, offset, signal: inTime };
    const found = await readAsOf(place, look, 'look');
    if (found !== BEHIND) return found;
  } catch (cause) {
    throw asTaskError(cause);
  }
  throw retryableError('UPSTREAM_UNAVAILABLE', 'The connections are not known as of the start of this run yet.');
}

type WaitFor = Parameters<ProgressTracker['waitFor']>;
/** A run that does not say where it was asked for, as those of earlier releases: what there is now counts. */
const FROM_THE_START = { partition: -1, offset: 0 };

/** @throws SecretMissing, and as the store does */
async function secretOf(
  { secrets }: StoredConnectionsPorts,
  tenantId: string,
  { secretId }: StoredConnection,
): Promise<unknown> {
  if (secretId === null) return {};
  return JSON.parse((await secrets.get(tenantId, [secretId])).get(secretId) as string);
}

function asTaskError(cause: unknown): unknown {
  if (isUnavailable(cause)) {
    return retryableError('UPSTREAM_UNAVAILABLE', 'The store of connections is not reachable.', { cause });
  }
  if (cause instanceof MasterKeyMissing) {
    return finalError('CAPABILITY_UNAVAILABLE', 'Secrets cannot be read here: FLOWS_MASTER_KEYS is not set.');
  }
  const isLost =
    cause instanceof SecretMissing || cause instanceof DataKeyUnreadable || cause instanceof SecretUnreadable;
  return isLost
    ? finalError('CAPABILITY_UNAVAILABLE', 'The secret of the connection cannot be read any more: put it again.')
    : cause;
}
