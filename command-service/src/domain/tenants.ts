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

export const fenceTenant = (state: TenantState, _command: FenceTenant): Decision =>
  accepted({ type: 'TenantFenced', data: { openRuns: state.runs.size } });

export const recordTenantDrained = ({ data }: RecordTenantDrained): Decision =>
  accepted({ type: 'TenantDrained', data });

export const recordTenantPurged = ({ data }: RecordTenantPurged): Decision => accepted({ type: 'TenantPurged', data });

export const recordPurgeFailed = ({ data }: RecordPurgeFailed): Decision => accepted({ type: 'PurgeFailed', data });
