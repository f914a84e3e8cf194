import { NO_LABELS, problem, type Problem, type StartFromTrigger } from '@flowplane/contracts';
import { accepted, type Decision, type DecisionContext } from '../decision.js';
import { deniedByInputs } from '../flows/declared-inputs.js';
import { flowOf } from '../flows/state.js';
import { acceptsSecret } from '../flows/trigger-heads.js';
import { deniedByStartQuotas } from '../quotas/limits.js';
import type { TenantState } from '../tenant-state.js';
import { firedBefore } from './state.js';
import { freeRunId } from './webhook-run-ids.js';

/**
 * 401 `INVALID_SIGNATURE` (webhook: a trigger or secret that is not in force) → what was started before → 404
 * `VERSION_NOT_FOUND` (the latest version has no such trigger) → 422 where inputs are strict → the verdict → 429 as for
 * every start (flows-api 10.3).
 * The version is the latest at this point of the log, so a publish switches all its triggers at its own offset.
 */
export function startFromTrigger(state: TenantState, command: StartFromTrigger, context: DecisionContext): Decision {
  const { meta, data } = command;
  const { flowId, triggerType, trigger, input, verdict } = data;
  const refuse = (refusal: Problem): Decision => ({
    kind: 'trigger-refused',
    data: { flowId, executionId: data.executionId, triggerType, trigger, problem: refusal },
  });
  const flow = flowOf(state.flows, meta, flowId);
  const head = flow?.triggers.get(trigger.triggerId);
  if (triggerType === 'webhook' && (head === undefined || !acceptsSecret(head, data.secretId, context.now))) {
    return refuse(problem('INVALID_SIGNATURE'));
  }
  const before = firedBefore(state.triggers, meta, trigger, data.executionId);
  const executionId = before ?? freeRunId(state, command);
  // Past its retention a fire is forgotten, but no two runs have one id.
  if (before !== undefined || state.executions.runs.has(executionId)) {
    return { kind: 'acknowledged', reason: 'duplicate', originalCommandId: null, executionId };
  }
  if (head === undefined || flow === undefined || flow.latestVersion === null)
    return refuse(problem('VERSION_NOT_FOUND'));
  const misfit = data.strictInputs ? deniedByInputs(flow.inputs, input) : undefined;
  const refusal =
    misfit ?? verdict ?? deniedByStartQuotas(state, meta.workspaceId, context) ?? deniedByFull(state, context);
  if (refusal !== undefined) return refuse(refusal);
  const { latestVersion: version } = flow;
  return accepted({
    type: 'ExecutionRequested',
    data: {
      ...{ flowId, executionId, version, input, triggerType, trigger },
      ...{ retriedFrom: null, retryFrom: null, labels: NO_LABELS },
    },
  });
}

/** A tenant at its cap of remembered fires starts no more until the oldest is past its retention. */
function deniedByFull({ triggers: { fired } }: TenantState, { now, memory }: DecisionContext): Problem | undefined {
  if (fired.size < memory.maxFired) return undefined;
  const [oldest] = fired.values();
  const waitMs = (oldest?.at ?? now) + memory.dedupeRetentionMs - now;
  if (waitMs <= 0) return undefined;
  return problem('OVERLOADED', { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) });
}
