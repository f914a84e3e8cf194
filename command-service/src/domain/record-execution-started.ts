import type { RecordExecutionStarted } from '@flowplane/contracts';
import { accepted, already, type Decision } from './decision.js';
import { openRunOf, type TenantState } from './tenant-state.js';

/** The executor's report. Repeated, or late for a run that is over, it changes nothing. */
export function recordExecutionStarted(state: TenantState, { meta, data }: RecordExecutionStarted): Decision {
  const { flowId, executionId, startedAt } = data;
  const run = openRunOf(state, meta, flowId, executionId);
  if (run?.status !== 'Pending') return already(executionId);
  return accepted({ type: 'ExecutionStarted', data: { flowId, executionId, version: run.version, startedAt } });
}
