import type { SettleTriggerRecord } from '@flowplane/contracts';
import { accepted, already, type Decision } from './decision.js';
import { firedBefore } from './fired-triggers.js';
import type { TenantState } from './tenant-state.js';

/** A record that has started its run, or is settled, stays as it is. */
export function settleTriggerRecord(state: TenantState, { meta, data }: SettleTriggerRecord): Decision {
  const { trigger, executionId } = data;
  if (firedBefore(state, meta, trigger, executionId) !== undefined) return already(executionId);
  return accepted({ type: 'TriggerRecordSettled', data });
}
