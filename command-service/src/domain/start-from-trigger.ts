import {
  problem,
  scheduleIdOf,
  webhookExecutionIdApart,
  type Problem,
  type StartFromTrigger,
} from '@flowplane/contracts';
import { deniedByInputs } from './declared-inputs.js';
import { accepted, type Decision, type DecisionContext } from './decision.js';
import { firedBefore, isRunOfWebhook } from './fired-triggers.js';
import { deniedByStartQuotas } from './start-quotas.js';
import { flowOf, type TenantState } from './tenant-state.js';
import { acceptsSecret } from './trigger-heads.js';

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
  const flow = flowOf(state, meta, flowId);
  const head = flow?.triggers.get(trigger.triggerId);
  if (triggerType === 'webhook' && (head === undefined || !acceptsSecret(head, data.secretId, context.now))) {
    return refuse(problem('INVALID_SIGNATURE'));
  }
  const before = firedBefore(state, meta, trigger, data.executionId);
  const executionId = before ?? runIdFor(state, command);
  // Past its retention a fire is forgotten, but no two runs have one id.
  const same = before ?? (state.runs.has(executionId) ? executionId : undefined);
  if (same !== undefined) {
    return { kind: 'acknowledged', reason: 'duplicate', originalCommandId: null, executionId: same };
  }
  if (head === undefined || flow === undefined || flow.latestVersion === null)
    return refuse(problem('VERSION_NOT_FOUND'));
  const misfit = data.strictInputs ? deniedByInputs(flow.inputs, input) : undefined;
  if (misfit !== undefined) return refuse(misfit);
  if (verdict !== null) return refuse(verdict);
  const denied = deniedByStartQuotas(state, meta, { flowId, executionId }, context) ?? deniedByFull(state, context);
  if (denied?.kind === 'rejected') return refuse(denied.problem);
  const { latestVersion: version } = flow;
  return accepted({
    type: 'ExecutionRequested',
    data: { flowId, executionId, version, input, triggerType, retriedFrom: null, retryFrom: null, trigger },
  });
}

/** The run's id as it was asked for, unless it is that of another run: of a delivery, now forgotten or not, or a redelivery. */
function runIdFor(state: TenantState, { meta, data }: StartFromTrigger): string {
  const { flowId, executionId, triggerType, trigger } = data;
  if (triggerType !== 'webhook' || !isRunOfWebhook(state, executionId)) return executionId;
  const scheduleId = scheduleIdOf(meta.tenantId, meta.workspaceId, flowId);
  return webhookExecutionIdApart(scheduleId, trigger.triggerId, meta.commandId);
}

/** A tenant at its cap of remembered deliveries starts no more until the oldest is past its retention. */
function deniedByFull(state: TenantState, context: DecisionContext): Decision | undefined {
  if (state.fired.size < context.maxFired) return undefined;
  const [oldest] = state.fired.values();
  const waitMs = (oldest?.at ?? context.now) + context.dedupeRetentionMs - context.now;
  if (waitMs <= 0) return undefined;
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return {
    kind: 'rejected',
    problem: problem('OVERLOADED', { retryAfterSeconds }),
    flowId: null,
    executionId: null,
  };
}
