import { assertNever, type CancelExecution } from '@flowplane/contracts';
import { accepted, already, deniedToStrangers, refusedAs, type Decision, type DecisionContext } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import { openRunOf } from './state.js';

/**
 * 403 not the caller's → 404 unknown or over (flows-api 6.7). A pending run closes at once, a running one is asked to;
 * one that was asked before is accepted again.
 */
export function cancelExecution(
  { executions }: TenantState,
  { meta, data }: CancelExecution,
  { now }: DecisionContext,
): Decision {
  const { flowId, executionId } = data;
  const denied = deniedToStrangers(meta, flowId, executionId);
  if (denied !== undefined) return denied;
  const run = openRunOf(executions, meta, flowId, executionId);
  if (run === undefined) return refusedAs('EXECUTION_NOT_FOUND', { flowId, executionId });
  const { version, status } = run;
  switch (status) {
    case 'Pending':
      return accepted({
        type: 'ExecutionClosed',
        data: {
          ...{ flowId, executionId, version, status: 'Canceled', neverStarted: true },
          ...{ startedAt: null, closedAt: now, result: null, failure: null, nodes: null },
        },
      });
    case 'Running':
      return accepted({ type: 'ExecutionCancelRequested', data: { flowId, executionId, version } });
    case 'Cancelling':
      return already(executionId);
    default:
      return assertNever(status);
  }
}
