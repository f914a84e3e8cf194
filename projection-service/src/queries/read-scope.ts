import type { Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { isTooLong, withTenant, type Pool, type PoolClient } from '@flowplane/plumbing/postgres';
import { awaitMinPosition, orUnavailable, type PositionWait } from '@flowplane/runtime/read-model';

export type ReadScope = PositionWait & {
  readonly pool: Pool;
  /** Default: `READ_TIMEOUT_MS`. */
  readonly readTimeoutMs?: number;
};

/** Longest time that one statement of a read may take, ms: a text that nothing has is sought in all runs of a workspace. */
export const READ_TIMEOUT_MS = 10_000;

/**
 * Reads as the caller: after the position it asks for, under the row policies of its role, tenant and workspace.
 *
 * @throws Refusal as `awaitMinPosition`; 503 STORE_UNAVAILABLE; 503 OVERLOADED: it takes too long
 */
export async function readAs<T>(scope: ReadScope, call: Call, work: (client: PoolClient) => Promise<T>): Promise<T> {
  await awaitMinPosition(scope, call);
  const { tenantId, workspaceId, identity } = call;
  const bound = {
    name: 'read-timeout',
    text: "SELECT set_config('statement_timeout', $1, true)",
    values: [String(scope.readTimeoutMs ?? READ_TIMEOUT_MS)],
  };
  try {
    return await orUnavailable(
      withTenant(scope.pool, { tenantId, workspaceId }, (client) => work(client), identity.dbRole, [bound]),
    );
  } catch (cause) {
    if (!isTooLong(cause)) throw cause;
    throw Object.assign(refusal('OVERLOADED', { message: NARROW_IT, retryAfterSeconds: 10 }), { cause });
  }
}

const NARROW_IT = `This read takes longer than ${READ_TIMEOUT_MS / 1000} s. Narrow it by time, flow or status, or try again later.`;
