import type { SignalExecution } from '@flowplane/contracts';
import {
  accepted,
  deniedToStrangers,
  refused,
  refusedAs,
  runBehind,
  type Decision,
  type DecisionContext,
} from '../decision.js';
import { deniedByRate } from '../quotas/limits.js';
import type { TenantState } from '../tenant-state.js';
import { openRunOf } from './state.js';

/**
 * 403 not the caller's → 429 `flow_signal_rate_per_minute`, counted here or an external evaluator's verdict → 404
 * unknown run → the verdict on target and approver → 409 closed → 400 `INVALID_SIGNAL` (flows-api 7.2). A signal to a pending run is kept: the executor delivers it after the start.
 * Stale where the log has the run and the shell did not see it.
 */
export function signalExecution(
  state: TenantState,
  { meta, data }: SignalExecution,
  context: DecisionContext,
): Decision {
  const { flowId, executionId, signalName, nodeId, approved, onBehalfOf, comment, known, verdict } = data;
  const subject = { flowId, executionId };
  const denied = deniedToStrangers(meta, flowId, executionId);
  if (denied !== undefined) return denied;
  const byRate = deniedByRate(state, 'signals', meta.workspaceId, context);
  if (byRate !== undefined) return refused(byRate, subject);
  if (verdict?.code === 'QUOTA_EXCEEDED') return refused(verdict, subject);
  const run = openRunOf(state.executions, meta, flowId, executionId);
  if (!known) return run === undefined ? refusedAs('EXECUTION_NOT_FOUND', subject) : runBehind(flowId);
  if (verdict !== null) return refused(verdict, subject);
  if (run === undefined) return refusedAs('EXECUTION_NOT_RUNNING', subject);
  if (approved === null) return refusedAs('INVALID_SIGNAL', subject);
  return accepted({
    type: 'ExecutionSignaled',
    data: { flowId, executionId, version: run.version, signalName, nodeId, approved, onBehalfOf, comment },
  });
}
