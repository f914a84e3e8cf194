import { NO_LABELS, type RedeliverWebhook } from '@flowplane/contracts';
import { accepted, refused, refusedAs, type Decision, type DecisionContext } from '../decision.js';
import { deniedByInputs } from '../flows/declared-inputs.js';
import { flowOf } from '../flows/state.js';
import { deniedByStartQuotas } from '../quotas/limits.js';
import type { TenantState } from '../tenant-state.js';
import { nextRedelivery } from './webhook-run-ids.js';

/**
 * 404 `VERSION_NOT_FOUND` (the latest version has no such trigger) → 422 where inputs are strict → the verdict → 429 as
 * for every start.
 */
export function redeliverWebhook(
  state: TenantState,
  { meta, data }: RedeliverWebhook,
  context: DecisionContext,
): Decision {
  const { flowId, triggerId, deliveryId, input, sizeBytes, verdict } = data;
  const redelivery = nextRedelivery(state, data.executionId);
  const executionId = `${data.executionId}-r${redelivery}`;
  const subject = { flowId, executionId };
  const flow = flowOf(state.flows, meta, flowId);
  if (flow === undefined || flow.latestVersion === null || !flow.triggers.has(triggerId))
    return refusedAs('VERSION_NOT_FOUND', subject);
  const misfit = data.strictInputs ? deniedByInputs(flow.inputs, input) : undefined;
  const refusal = misfit ?? verdict ?? deniedByStartQuotas(state, meta.workspaceId, context);
  if (refusal !== undefined) return refused(refusal, subject);
  const trigger = { triggerId, deliveryId, dedupeKey: null, record: null, scheduledAt: null, depth: null, sizeBytes };
  return accepted({
    type: 'ExecutionRequested',
    data: {
      ...{ flowId, executionId, version: flow.latestVersion, input, triggerType: 'webhook' },
      ...{ retriedFrom: null, retryFrom: null, trigger: { ...trigger, redelivery }, labels: NO_LABELS },
    },
  });
}
