import type { RetryExecution } from '@flowplane/contracts';
import {
  accepted,
  already,
  deniedToStrangers,
  refused,
  refusedAs,
  runBehind,
  type Decision,
  type DecisionContext,
} from '../decision.js';
import { flowOf } from '../flows/state.js';
import { deniedByStartQuotas } from '../quotas/limits.js';
import type { TenantState } from '../tenant-state.js';
import { openRunOf } from './state.js';

/**
 * 403 not the caller's → 404 unknown source → 404 `VERSION_NOT_FOUND` → 409 source not closed → the verdict on the
 * point to retry from → both start quotas (flows-api 6.8). A version that was removed is still its runs' version. Stale where the shell knew less of the source than the log.
 */
export function retryExecution(state: TenantState, { meta, data }: RetryExecution, context: DecisionContext): Decision {
  const { flowId, executionId, retriedFrom, retryFrom, source, verdict } = data;
  const stranger = deniedToStrangers(meta, flowId, retriedFrom);
  if (stranger !== undefined) return stranger;
  const isOpen = openRunOf(state.executions, meta, flowId, retriedFrom) !== undefined;
  if (source === null) {
    return isOpen ? runBehind(flowId) : refusedAs('EXECUTION_NOT_FOUND', { flowId, executionId: retriedFrom });
  }
  const subject = { flowId, executionId };
  const flow = flowOf(state.flows, meta, flowId);
  const isSameFlow = source.flowBirth === null || source.flowBirth === flow?.birth;
  if (!isSameFlow || source.version > (flow?.latestVersion ?? 0)) {
    return refusedAs('VERSION_NOT_FOUND', subject);
  }
  if (retryFrom !== null) {
    if (isOpen) return refusedAs('RETRY_NOT_POSSIBLE', subject, { message: 'The execution is not over.' });
    if (!source.closed) return runBehind(flowId);
  }
  if (verdict !== null) return refused(verdict, subject);
  // Ids are made once per request; only a command that was appended twice meets its own run.
  if (state.executions.runs.has(executionId)) return already(executionId);
  const denied = deniedByStartQuotas(state, meta.workspaceId, context);
  if (denied !== undefined) return refused(denied, subject);
  const { version, input, labels } = source;
  return accepted({
    type: 'ExecutionRequested',
    data: { flowId, executionId, version, input, triggerType: 'manual', retriedFrom, retryFrom, trigger: null, labels },
  });
}
