import { progressNameOf } from '@flowplane/contracts';
import { minPosition, waitPreference, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { isUnavailable, withTenant, type Pool, type PoolClient } from '@flowplane/plumbing/postgres';
import { type ProgressTracker } from '@flowplane/runtime/read-model';

export type ReadScope = {
  readonly pool: Pool;
  readonly progress: ProgressTracker;
  readonly partitions: number;
  readonly commandWaitMs: number;
};

/**
 * Waits until the read models have the position a client asks for, as long as it prefers to wait.
 *
 * @throws Refusal 400 INVALID_POSITION, 504 POSITION_NOT_REACHED, 503 STORE_UNAVAILABLE
 */
export async function awaitPosition({ progress, partitions, commandWaitMs }: ReadScope, call: Call): Promise<void> {
  const position = minPosition(call);
  if (position === undefined) return;
  if (position.partition >= partitions) throw refusal('INVALID_POSITION');
  const deadlineMs = Date.now() + waitPreference(call, commandWaitMs).waitMs;
  const reached = await progress.waitFor(
    [progressNameOf(position)],
    position.partition,
    position.offset,
    deadlineMs,
    call.signal,
  );
  if (reached) return;
  // Without its notifications nothing is known of the store's progress: it is the store that cannot be reached.
  throw progress.connected() ? refusal('POSITION_NOT_REACHED') : refusal('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
}

/**
 * Reads as the caller: after the position it asks for, under the row policies of its role, tenant and workspace.
 *
 * @throws Refusal as `awaitPosition`; 503 STORE_UNAVAILABLE
 */
export async function readAs<T>(scope: ReadScope, call: Call, work: (client: PoolClient) => Promise<T>): Promise<T> {
  await awaitPosition(scope, call);
  const { tenantId, workspaceId, identity } = call;
  return orUnavailable(() => withTenant(scope.pool, { tenantId, workspaceId }, work, identity.dbRole));
}

/** Turns an unreachable store into its refusal. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isUnavailable(cause)) throw cause;
    throw Object.assign(refusal('STORE_UNAVAILABLE', { retryAfterSeconds: 1 }), { cause });
  }
}
