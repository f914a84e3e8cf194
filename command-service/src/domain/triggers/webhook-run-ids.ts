import { scheduleIdOf, webhookExecutionIdApart, type StartFromTrigger } from '@flowplane/contracts';
import type { TenantState } from '../tenant-state.js';

const REDELIVERED = /^(.*)-r([1-9]\d{0,8})$/s;

/** Whether the id is that of a webhook's run that is open, or that read models and engine may still hold. */
const isTaken = ({ executions, triggers }: TenantState, executionId: string): boolean => {
  const { firedRuns, closedHooks, redeliveries } = triggers;
  if (executions.runs.has(executionId) || firedRuns.has(executionId) || closedHooks.has(executionId)) return true;
  // Senders choose delivery ids, and may choose one that ends as the id of a redelivery does.
  const [, original = '', number] = REDELIVERED.exec(executionId) ?? [];
  return Number(number) <= (redeliveries.get(original)?.count ?? 0);
};

/** Number of the next redelivery of a webhook's run; none whose id a delivery has already. */
export function nextRedelivery(state: TenantState, executionId: string): number {
  let next = (state.triggers.redeliveries.get(executionId)?.count ?? 0) + 1;
  while (isTaken(state, `${executionId}-r${next}`)) next++;
  return next;
}

/** The id that was asked for, unless it is that of another run: of a delivery, forgotten by now or not, or a redelivery. */
export function freeRunId(state: TenantState, { meta, data }: StartFromTrigger): string {
  const { flowId, executionId, triggerType, trigger } = data;
  if (triggerType !== 'webhook' || !isTaken(state, executionId)) return executionId;
  const scheduleId = scheduleIdOf(meta.tenantId, meta.workspaceId, flowId);
  return webhookExecutionIdApart(scheduleId, trigger.triggerId, meta.commandId);
}
