import type {
  FenceTenant,
  RecordDenial,
  RecordPurgeFailed,
  RecordTenantDrained,
  RecordTenantPurged,
  SetTenantQuotas,
} from '@flowplane/contracts';
import { accepted, type Decision } from './decision.js';
import type { TenantState } from './tenant-state.js';

export const setTenantQuotas = ({ data }: SetTenantQuotas): Decision => accepted({ type: 'TenantQuotasSet', data });

export const recordDenial = ({ data }: RecordDenial): Decision => accepted({ type: 'CommandDenied', data });

export const fenceTenant = (state: TenantState, _command: FenceTenant): Decision =>
  accepted({ type: 'TenantFenced', data: { openRuns: state.runs.size } });

export const recordTenantDrained = ({ data }: RecordTenantDrained): Decision =>
  accepted({ type: 'TenantDrained', data });

export const recordTenantPurged = ({ data }: RecordTenantPurged): Decision => accepted({ type: 'TenantPurged', data });

export const recordPurgeFailed = ({ data }: RecordPurgeFailed): Decision => accepted({ type: 'PurgeFailed', data });
