import type { RedeliverWebhook } from '@flowplane/contracts';
import { deniedByInputs } from './declared-inputs.js';
import { accepted, refused, refusedAs, type Decision, type DecisionContext } from './decision.js';
import { nextRedelivery } from './fired-triggers.js';
import { deniedByStartQuotas } from './start-quotas.js';
import { flowOf, type TenantState } from './tenant-state.js';

/** 404 `VERSION_NOT_FOUND` (the latest version has no such trigger) → 422 where inputs are strict → the verdict → 429 as for every start. */
export function redeliverWebhook(state: TenantState, command: RedeliverWebhook, context: DecisionContext): Decision {
  const { meta, data } = command;
  const { flowId, triggerId, deliveryId, input, sizeBytes, verdict } = data;
  const redelivery = nextRedelivery(state, data.executionId);
  const executionId = `${data.executionId}-r${redelivery}`;
  const subject = { flowId, executionId };
  const flow = flowOf(state, meta, flowId);
  if (flow === undefined || flow.latestVersion === null || !flow.triggers.has(triggerId))
    return refusedAs('VERSION_NOT_FOUND', subject);
  const misfit = data.strictInputs ? deniedByInputs(flow.inputs, input) : undefined;
  if (misfit !== undefined) return refused(misfit, subject);
  if (verdict !== null) return refused(verdict, subject);
  const trigger = { triggerId, deliveryId, dedupeKey: null, record: null, scheduledAt: null, depth: null, sizeBytes };
  return (
    deniedByStartQuotas(state, meta, subject, context) ??
    accepted({
      type: 'ExecutionRequested',
      data: {
        ...{ flowId, executionId, version: flow.latestVersion, input, triggerType: 'webhook' },
        ...{ retriedFrom: null, retryFrom: null, trigger: { ...trigger, redelivery } },
      },
    })
  );
}
