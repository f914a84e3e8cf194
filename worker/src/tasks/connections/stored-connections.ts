import { CONNECTION_NAME, DEFAULT_CONNECTION, type Connection, type ConnectionKind } from '@flowplane/contracts';
import { isUnavailable, type Pool } from '@flowplane/plumbing/postgres';
import { connectionAsOf, type StoredConnection } from '@flowplane/runtime/read-model';
import { MasterKeyMissing, SecretMissing, type SecretStore } from '@flowplane/runtime/secrets';
import { DataKeyUnreadable, SecretUnreadable } from '@flowplane/runtime/secrets';
import { requireToken, type TokenSettings } from '../execution-token.js';
import { asOfRun, notReachable, type AsOfRunPorts } from '../as-of-run.js';
import { finalError } from '../task-error.js';
import type { TaskAttempt } from '../task-handler.js';
import { connectionNotFound, type ResolveConnection } from './resolve-connection.js';

export type StoredConnectionsPorts = AsOfRunPorts & {
  readonly readPool: Pool;
  readonly secrets: Pick<SecretStore, 'get'>;
  readonly token: TokenSettings;
};

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
function newest(
  ports: StoredConnectionsPorts,
  name: string,
  attempt: TaskAttempt,
): Promise<StoredConnection | undefined> {
  return asOfRun(ports, attempt, async (partition) => {
    const { connection, nextOffset } = await connectionAsOf(ports.readPool, attempt.tenant, name, partition);
    return { value: connection, nextOffset };
  });
}

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
  if (isUnavailable(cause)) return notReachable(cause);
  if (cause instanceof MasterKeyMissing) {
    return finalError('CAPABILITY_UNAVAILABLE', 'Secrets cannot be read here: FLOWS_MASTER_KEYS is not set.');
  }
  const isLost =
    cause instanceof SecretMissing || cause instanceof DataKeyUnreadable || cause instanceof SecretUnreadable;
  return isLost
    ? finalError('CAPABILITY_UNAVAILABLE', 'The secret of the connection cannot be read any more: put it again.')
    : cause;
}
