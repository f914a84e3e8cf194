import type { RecordExecutionClosed } from '@flowplane/contracts';
import { accepted, already, type Decision } from './decision.js';
import { openRunOf, type TenantState } from './tenant-state.js';

/**
 * The executor's report, from the push or the sweep. The first one closes the run, every later one changes nothing.
 * A run whose start was never reported, and is not reported here, never started.
 */
export function recordExecutionClosed(state: TenantState, { meta, data }: RecordExecutionClosed): Decision {
  const run = openRunOf(state, meta, data.flowId, data.executionId);
  if (run === undefined) return already(data.executionId);
  const neverStarted = run.status === 'Pending' && data.startedAt === null;
  return accepted({ type: 'ExecutionClosed', data: { ...data, version: run.version, neverStarted } });
}
