import type { SettleTriggerRecord } from '@flowplane/contracts';
import { accepted, already, type Decision } from '../decision.js';
import type { TenantState } from '../tenant-state.js';
import { firedBefore } from './state.js';

/** A record that has started its run, or is settled, stays as it is. */
export function settleTriggerRecord({ triggers }: TenantState, { meta, data }: SettleTriggerRecord): Decision {
  const { trigger, executionId } = data;
  if (firedBefore(triggers, meta, trigger, executionId) !== undefined) return already(executionId);
  return accepted({ type: 'TriggerRecordSettled', data });
}
