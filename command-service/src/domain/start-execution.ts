import type { StartExecution } from '@flowplane/contracts';
import { deniedByInputs } from './declared-inputs.js';
import { accepted, already, refused, refusedAs, type Decision, type DecisionContext } from './decision.js';
import { deniedByStartQuotas } from './start-quotas.js';
import { flowOf, type FlowHead, type TenantState } from './tenant-state.js';

/**
 * 404 `VERSION_NOT_FOUND` (also of an unknown flow) → 422 where inputs are strict → the verdict → 429
 * `flow_starts_per_minute` → 429 `max_concurrent_executions` (flows-api 6.1).
 */
export function startExecution(state: TenantState, command: StartExecution, context: DecisionContext): Decision {
  const { meta, data } = command;
  const { flowId, executionId, input, triggerType, verdict } = data;
  const subject = { flowId, executionId };
  const flow = flowOf(state, meta, flowId);
  const version = versionToRun(flow, data.version);
  if (version === undefined) return refusedAs('VERSION_NOT_FOUND', subject);
  const misfit = data.strictInputs && version === flow?.latestVersion ? deniedByInputs(flow.inputs, input) : undefined;
  if (misfit !== undefined) return refused(misfit, subject);
  if (verdict !== null) return refused(verdict, subject);
  // Ids are made once per request; only a command that was appended twice meets its own run.
  if (state.runs.has(executionId)) return already(executionId);
  return (
    deniedByStartQuotas(state, meta, subject, context) ??
    accepted({
      type: 'ExecutionRequested',
      data: { flowId, executionId, version, input, triggerType, retriedFrom: null, retryFrom: null, trigger: null },
    })
  );
}

/** @param asked null: the latest; versions have no gaps */
function versionToRun(flow: FlowHead | undefined, asked: number | null): number | undefined {
  const latest = flow?.latestVersion ?? 0;
  const version = asked ?? latest;
  return version >= 1 && version <= latest ? version : undefined;
}
