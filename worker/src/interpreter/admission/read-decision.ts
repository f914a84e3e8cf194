import type { Pool } from '@flowplane/plumbing/postgres';
import type { LogPlace } from '../../shared/run-input.js';

/** What the read model says about the command of a fire. */
export type FireDecision =
  | { readonly status: 'admitted'; readonly version: number; readonly input: string; readonly place: LogPlace }
  | { readonly status: 'refused'; readonly code: string; readonly message: string }
  | undefined;

/**
 * The first outcome of the command counts. One that named a run started before (another fire of the same second) is
 * no admission of this one.
 */
const DECISION = `
  SELECT c.status, c.http_status, c.error, c.partition, e.version, e.input, e.created_offset
    FROM flows.commands c
    LEFT JOIN flows.executions e ON e.execution_id = $2 AND e.tenant_id = c.tenant_id
   WHERE c.command_id = $1 AND c.tenant_id = $3 AND c.status <> 'pending'`;
const REQUESTED = 201;

type DecisionRow = {
  readonly status: 'accepted' | 'rejected';
  readonly http_status: number;
  readonly error: string | null;
  readonly partition: number;
  readonly version: number | null;
  readonly input: string | null;
  readonly created_offset: string | null;
};

export type ReadDecision = (commandId: string, executionId: string, tenantId: string) => Promise<FireDecision>;

export function makeReadDecision(readPool: Pool): ReadDecision {
  return async (commandId, executionId, tenantId) => {
    const values = [commandId, executionId, tenantId];
    const { rows } = await readPool.query<DecisionRow>({ name: 'fire-decision', text: DECISION, values });
    const [row] = rows;
    if (row === undefined) return undefined;
    if (row.status === 'rejected') {
      const { code, message } = JSON.parse(row.error ?? '{}') as { code: string; message: string };
      return { status: 'refused', code, message };
    }
    if (row.http_status !== REQUESTED || row.version === null || row.input === null) {
      return { status: 'refused', code: 'DUPLICATE', message: 'Another fire of the same second has this id.' };
    }
    const place = { partition: row.partition, offset: Number(row.created_offset) };
    return { status: 'admitted', version: row.version, input: row.input, place };
  };
}
