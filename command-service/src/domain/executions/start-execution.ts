import type { StartExecution } from '@flowplane/contracts';
import { accepted, already, refused, refusedAs, type Decision, type DecisionContext } from '../decision.js';
import { deniedByInputs } from '../flows/declared-inputs.js';
import { flowOf, isKept } from '../flows/state.js';
import { deniedByStartQuotas } from '../quotas/limits.js';
import type { TenantState } from '../tenant-state.js';

/**
 * 404 `VERSION_NOT_FOUND` (also of an unknown flow) → 422 where inputs are strict → the verdict → 429
 * `flow_starts_per_minute` → 429 `max_concurrent_executions` (flows-api 6.1).
 */
export function startExecution(state: TenantState, { meta, data }: StartExecution, context: DecisionContext): Decision {
  const { flowId, executionId, input, triggerType, verdict, labels } = data;
  const subject = { flowId, executionId };
  const flow = flowOf(state.flows, meta, flowId);
  const version = data.version ?? flow?.latestVersion ?? 0;
  if (flow === undefined || !isKept(flow, version)) return refusedAs('VERSION_NOT_FOUND', subject);
  const misfit = data.strictInputs && version === flow.latestVersion ? deniedByInputs(flow.inputs, input) : undefined;
  const refusal = misfit ?? verdict;
  if (refusal !== null) return refused(refusal, subject);
  // Ids are made once per request; only a command that was appended twice meets its own run.
  if (state.executions.runs.has(executionId)) return already(executionId);
  const denied = deniedByStartQuotas(state, meta.workspaceId, context);
  if (denied !== undefined) return refused(denied, subject);
  return accepted({
    type: 'ExecutionRequested',
    data: {
      flowId,
      executionId,
      version,
      input,
      triggerType,
      retriedFrom: null,
      retryFrom: null,
      trigger: null,
      labels,
    },
  });
}
