import { refusal } from '@flowplane/plumbing/http';
import { type Call } from '@flowplane/runtime/api';
import { queryAsTenant, type Pool } from '@flowplane/plumbing/postgres';

/**
 * First row of a query as the caller's tenant and workspace.
 *
 * @param name of the prepared statement: the same text for ever
 * @throws Refusal 503 STORE_UNAVAILABLE
 */
export type OneRow = <T extends object>(
  call: Call,
  name: string,
  text: string,
  values: readonly unknown[],
) => Promise<T | undefined>;

export function makeOneRow(pool: Pool): OneRow {
  return async <T extends object>(call: Call, name: string, text: string, values: readonly unknown[]) => {
    const scope = { tenantId: call.tenantId, workspaceId: call.workspaceId };
    // The store refuses a NUL, which a path may hold percent-encoded; so nothing stored has one.
    if (values.some((value) => typeof value === 'string' && value.includes('\0'))) return undefined;
    try {
      return (await queryAsTenant(pool, scope, { name, text, values })).rows[0] as T | undefined;
    } catch (cause) {
      throw unavailable(cause);
    }
  };
}

export const unavailable = (cause: unknown): Error =>
  Object.assign(refusal('STORE_UNAVAILABLE', { retryAfterSeconds: 1 }), { cause });
