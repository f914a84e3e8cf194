import { assertNever, type CancelExecution } from '@flowplane/contracts';
import { accepted, already, deniedToStrangers, refusedAs, type Decision, type DecisionContext } from './decision.js';
import { openRunOf, type TenantState } from './tenant-state.js';

/** Not the caller's: 403. Unknown or over: 404. Pending closes at once; running is asked to; asked already is accepted again (flows-api 6.7). */
export function cancelExecution(
  state: TenantState,
  { meta, data }: CancelExecution,
  { now }: DecisionContext,
): Decision {
  const { flowId, executionId } = data;
  const denied = deniedToStrangers(meta, flowId, executionId);
  if (denied !== undefined) return denied;
  const run = openRunOf(state, meta, flowId, executionId);
  if (run === undefined) return refusedAs('EXECUTION_NOT_FOUND', { flowId, executionId });
  const { version, status } = run;
  switch (status) {
    case 'Pending':
      return accepted({
        type: 'ExecutionClosed',
        data: {
          flowId,
          executionId,
          version,
          status: 'Canceled',
          neverStarted: true,
          startedAt: null,
          closedAt: now,
          result: null,
          failure: null,
          nodes: null,
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
