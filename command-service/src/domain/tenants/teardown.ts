import {
  problem,
  type Command,
  type FenceTenant,
  type RecordPurgeFailed,
  type RecordTenantDrained,
  type RecordTenantPurged,
} from '@flowplane/contracts';
import { accepted, already, refusedAs, type Decision } from '../decision.js';
import { openTemplateRuns } from '../templates/state.js';
import type { TenantState } from '../tenant-state.js';

/** Accepted of a fenced tenant: its own teardown, and reports of what has happened already. */
const PASSES_FENCE: ReadonlySet<Command['type']> = new Set([
  'FenceTenant',
  'RecordTenantDrained',
  'RecordTenantPurged',
  'RecordPurgeFailed',
  'RecordExecutionStarted',
  'RecordExecutionClosed',
  'RecordDenial',
  'SettleTriggerRecord',
  'RecordProvisioningNodeStarted',
  'RecordResourceCreated',
  'RecordResourceRemoved',
  'RecordProvisioningFinished',
  'RecordDeprovisioningFinished',
]);

/** 403 `TENANT_FENCED` while the tenant is being torn down. */
export function deniedByFence({ fence }: TenantState, command: Command): Decision | undefined {
  if (fence === null || PASSES_FENCE.has(command.type)) return undefined;
  if (command.type === 'StartFromTrigger') {
    const { flowId, executionId, triggerType, trigger } = command.data;
    const data = { flowId, executionId, triggerType, trigger, problem: problem('TENANT_FENCED') };
    return { kind: 'trigger-refused', data };
  }
  return refusedAs('TENANT_FENCED', command.data as { readonly flowId?: string; readonly executionId?: string });
}

/** A tenant that is fenced already stays so; after a failed drain it is drained again. */
export function fenceTenant({ fence, executions, templates }: TenantState, _command: FenceTenant): Decision {
  if (fence !== null && fence.drain !== 'failed') return already(null, fence.id);
  return accepted({
    type: 'TenantFenced',
    data: { openRuns: fence?.openRuns ?? executions.runs.size + openTemplateRuns(templates) },
  });
}

/**
 * The executor's report on the fence in force. The decider itself counts the terminated runs, so that a drain which was
 * interrupted and continued comes to the same sum; and the log has the last word on whether all runs are over.
 */
export function recordTenantDrained(
  { fence, executions, templates }: TenantState,
  { data }: RecordTenantDrained,
): Decision {
  if (fence?.id !== data.fenceId || fence.drain !== 'under-way') return already(null);
  const size = executions.runs.size + openTemplateRuns(templates);
  return accepted({
    type: 'TenantDrained',
    data: {
      fenceId: data.fenceId,
      executions: fence.terminated,
      schedules: fence.schedules + data.schedules,
      histories: fence.histories + data.histories,
      failures: [...data.failures, ...(size === 0 ? [] : [`${size} execution(s) are still open`])],
    },
  });
}

/** Only a drained tenant is purged. A late repeat meets another fence, or none, and changes nothing. */
export const recordTenantPurged = ({ fence }: TenantState, { data }: RecordTenantPurged): Decision =>
  fence?.id === data.fenceId && fence.drain === 'done' ? accepted({ type: 'TenantPurged', data }) : already(null);

export const recordPurgeFailed = ({ fence }: TenantState, { data }: RecordPurgeFailed): Decision =>
  fence === null ? already(null) : accepted({ type: 'PurgeFailed', data });
