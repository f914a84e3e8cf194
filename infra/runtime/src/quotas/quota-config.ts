import {
  DEFAULT_LIMITS,
  hardQuotas,
  parseQuotasByTenant,
  withOverrides,
  type QuotaDimension,
  type Quotas,
} from '@flowplane/contracts';
import type { CommandLimits } from './command-rates.js';
import { durationMs, flag, integer, json, optional, url } from '@flowplane/plumbing/config';
import type { ConfigOf } from '@flowplane/plumbing/config';

const limit = (dimension: QuotaDimension) =>
  integer(`FLOWS_QUOTA_${dimension.toUpperCase()}`, DEFAULT_LIMITS[dimension], { min: -1, max: 1_000_000_000 });

/** Quotas (flows-api 12). */
export const QUOTA_ENTRIES = {
  quotasEnabled: flag('FLOWS_QUOTAS', true),
  quotaMaxFlows: limit('max_flows'),
  quotaMaxFlowVersions: limit('max_flow_versions'),
  quotaMaxConcurrentExecutions: limit('max_concurrent_executions'),
  quotaFlowStartsPerMinute: limit('flow_starts_per_minute'),
  quotaFlowSignalRatePerMinute: limit('flow_signal_rate_per_minute'),
  /** Commands and bytes a second that a tenant may append through one process (flows-api 12.4); -1 is unlimited. */
  quotaCommandRate: integer('FLOWS_QUOTA_COMMAND_RATE', 50, { min: -1, max: 1_000_000_000 }),
  quotaCommandBytes: integer('FLOWS_QUOTA_COMMAND_BYTES', 5_000_000, { min: -1, max: 1_000_000_000 }),
  quotaOverrides: json('FLOWS_QUOTA_OVERRIDES', parseQuotasByTenant, {}),
  /** Of the external evaluator, which takes the place of the built-in gate. */
  quotaEnforceUrl: optional(url('FLOW_QUOTA_ENFORCE_URL')),
  quotaTimeoutMs: durationMs('FLOWS_QUOTA_TIMEOUT', 2000),
};

export type QuotaConfig = ConfigOf<typeof QUOTA_ENTRIES>;

/**
 * Quotas by tenant as configured; null: there is no built-in gate (it is off, or an external evaluator replaces
 * it).
 */
export function configuredQuotas(config: QuotaConfig): (tenantId: string) => Quotas | null {
  if (!config.quotasEnabled || config.quotaEnforceUrl !== undefined) return () => null;
  const standard = hardQuotas({
    max_flows: config.quotaMaxFlows,
    max_flow_versions: config.quotaMaxFlowVersions,
    max_concurrent_executions: config.quotaMaxConcurrentExecutions,
    flow_starts_per_minute: config.quotaFlowStartsPerMinute,
    flow_signal_rate_per_minute: config.quotaFlowSignalRatePerMinute,
  });
  const overridden = new Map(
    Object.entries(config.quotaOverrides).map(([tenantId, quotas]) => [tenantId, withOverrides(standard, quotas)]),
  );
  return (tenantId) => overridden.get(tenantId) ?? standard;
}

/**
 * Rates of commands by tenant as configured; null: the gate is off. They protect the log, so that an external evaluator,
 * which is not asked for them, does not replace them.
 */
export function configuredCommandLimits(config: QuotaConfig): (tenantId: string) => CommandLimits | null {
  if (!config.quotasEnabled) return () => null;
  const rate = { limit: config.quotaCommandRate, grace: 0 };
  const bytes = { limit: config.quotaCommandBytes, grace: 0 };
  return (tenantId) => {
    const own = config.quotaOverrides[tenantId];
    return { command_rate: own?.command_rate ?? rate, command_bytes: own?.command_bytes ?? bytes };
  };
}
