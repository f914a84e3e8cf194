import type { Pool } from '@flowplane/plumbing/postgres';
import { openRunOfFire, startDecision } from '@flowplane/runtime/read-model';
import type { LogPlace } from '../../shared/run-input.js';

/** What the read model says about the command of a fire. */
export type FireDecision =
  | { readonly status: 'admitted'; readonly version: number; readonly input: string; readonly place: LogPlace }
  | { readonly status: 'refused'; readonly code: string; readonly message: string }
  | undefined;

const REQUESTED = 201;

export type ReadDecision = (commandId: string, executionId: string, tenantId: string) => Promise<FireDecision>;

/**
 * The first outcome of the command counts. It may name a run that was started before: by this very fire, when its worker
 * comes back after the command was forgotten (the run is open then), or by another fire of the same second, which is no
 * admission of this one.
 */
export function makeReadDecision(readPool: Pool): ReadDecision {
  return async (commandId, executionId, tenantId) => {
    const row = await startDecision(readPool, commandId, executionId, tenantId);
    if (row === undefined) return undefined;
    if (row.status === 'rejected') {
      const { code, message } = JSON.parse(row.error ?? '{}') as { code: string; message: string };
      return { status: 'refused', code, message };
    }
    if (row.httpStatus !== REQUESTED || row.version === null || row.input === null) {
      const mine = await openRunOfFire(readPool, commandId, executionId, tenantId);
      if (mine !== undefined) {
        const { version, input, partition, offset } = mine;
        return { status: 'admitted', version, input, place: { partition, offset } };
      }
      return { status: 'refused', code: 'DUPLICATE', message: 'Another fire of the same second has this id.' };
    }
    const place = { partition: row.partition, offset: row.offset ?? 0 };
    return { status: 'admitted', version: row.version, input: row.input, place };
  };
}
