import {
  asTenantQuotas,
  quotasInForce,
  type FenceTenant,
  type RecordDenial,
  type RecordPurgeFailed,
  type RecordTenantDrained,
  type RecordTenantPurged,
  type SetTenantQuotas,
} from '@flowplane/contracts';
import { accepted, type Decision, type DecisionContext } from './decision.js';
import type { TenantState } from './tenant-state.js';

/** In force from this position of the log on, for all that is decided behind it. */
export const setTenantQuotas = ({ data: { quotas } }: SetTenantQuotas, context: DecisionContext): Decision =>
  accepted({
    type: 'TenantQuotasSet',
    data: { quotas, inForce: asTenantQuotas(quotasInForce(context.quotas, quotas)) },
  });

export const recordDenial = ({ data }: RecordDenial): Decision => accepted({ type: 'CommandDenied', data });

const changesNothing = (originalCommandId: string | null): Decision => ({
  kind: 'acknowledged',
  reason: 'already',
  originalCommandId,
  executionId: null,
});

/** A tenant that is fenced already stays so; one whose drain has failed is drained anew. */
export function fenceTenant({ fence, runs }: TenantState, _command: FenceTenant): Decision {
  if (fence !== null && fence.drain !== 'failed') return changesNothing(fence.id);
  return accepted({ type: 'TenantFenced', data: { openRuns: fence?.openRuns ?? runs.size } });
}

/**
 * The executor's report on the fence in force. What it has terminated is counted here, so that a drain which was cut
 * short and taken up again comes to the same sum; and the log has the last word on whether all runs are over.
 */
export function recordTenantDrained({ fence, runs }: TenantState, { data }: RecordTenantDrained): Decision {
  if (fence?.id !== data.fenceId || fence.drain !== 'under-way') return changesNothing(null);
  const open = runs.size === 0 ? [] : [`${runs.size} execution(s) are still open`];
  return accepted({
    type: 'TenantDrained',
    data: {
      fenceId: data.fenceId,
      executions: fence.terminated,
      schedules: fence.schedules + data.schedules,
      histories: fence.histories + data.histories,
      failures: [...data.failures, ...open],
    },
  });
}

/** Only what is drained is purged; a late repeat meets another fence, or none, and changes nothing. */
export function recordTenantPurged({ fence }: TenantState, { data }: RecordTenantPurged): Decision {
  if (fence?.id !== data.fenceId || fence.drain !== 'done') return changesNothing(null);
  return accepted({ type: 'TenantPurged', data });
}

export const recordPurgeFailed = ({ fence }: TenantState, { data }: RecordPurgeFailed): Decision =>
  fence === null ? changesNothing(null) : accepted({ type: 'PurgeFailed', data });
