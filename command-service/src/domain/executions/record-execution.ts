import type { RecordExecutionClosed, RecordExecutionStarted } from '@flowplane/contracts';
import { accepted, already, type Decision } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import { openRunOf } from './state.js';

/** The executor's report. Repeated, or late for a run that is over, it changes nothing. */
export function recordExecutionStarted({ executions }: TenantState, { meta, data }: RecordExecutionStarted): Decision {
  const { flowId, executionId, startedAt } = data;
  const run = openRunOf(executions, meta, flowId, executionId);
  if (run?.status !== 'Pending') return already(executionId);
  return accepted({ type: 'ExecutionStarted', data: { flowId, executionId, version: run.version, startedAt } });
}

/**
 * The executor's report, from the push or the sweep. The first one closes the run, every later one changes nothing.
 * A run whose start was never reported, and is not reported here, never started.
 */
export function recordExecutionClosed({ executions }: TenantState, { meta, data }: RecordExecutionClosed): Decision {
  const run = openRunOf(executions, meta, data.flowId, data.executionId);
  if (run === undefined) return already(data.executionId);
  const neverStarted = run.status === 'Pending' && data.startedAt === null;
  return accepted({ type: 'ExecutionClosed', data: { ...data, version: run.version, neverStarted } });
}
