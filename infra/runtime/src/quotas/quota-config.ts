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

const limit = (env: string, dimension: QuotaDimension) =>
  integer(env, DEFAULT_LIMITS[dimension], { min: -1, max: 1_000_000_000 });

/** Quotas (flows-api 12). */
export const QUOTA_ENTRIES = {
  /** Whether quotas and rates are enforced. */
  quotasEnabled: flag('FLOWS_QUOTAS', true),
  /** Flows of a tenant; -1 is unlimited. */
  quotaMaxFlows: limit('FLOWS_QUOTA_MAX_FLOWS', 'max_flows'),
  /** Published versions of a flow that were not removed; -1 is unlimited. */
  quotaMaxFlowVersions: limit('FLOWS_QUOTA_MAX_FLOW_VERSIONS', 'max_flow_versions'),
  /** Open runs of a tenant, sub-flows included; -1 is unlimited. */
  quotaMaxConcurrentExecutions: limit('FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS', 'max_concurrent_executions'),
  /** Starts of a tenant in a minute; -1 is unlimited. */
  quotaFlowStartsPerMinute: limit('FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE', 'flow_starts_per_minute'),
  /** Signals of a tenant in a minute; -1 is unlimited. */
  quotaFlowSignalRatePerMinute: limit('FLOWS_QUOTA_FLOW_SIGNAL_RATE_PER_MINUTE', 'flow_signal_rate_per_minute'),
  /** Commands a second that a tenant may append through one process (flows-api 12.4); -1 is unlimited. */
  quotaCommandRate: integer('FLOWS_QUOTA_COMMAND_RATE', 50, { min: -1, max: 1_000_000_000 }),
  /** Their bytes a second; -1 is unlimited. */
  quotaCommandBytes: integer('FLOWS_QUOTA_COMMAND_BYTES', 5_000_000, { min: -1, max: 1_000_000_000 }),
  /** Other quotas by tenant, as `{"acme":{"max_flows":100}}`. */
  quotaOverrides: json('FLOWS_QUOTA_OVERRIDES', parseQuotasByTenant, {}),
  /** External evaluator of quotas, which takes the place of the built-in gate. */
  quotaEnforceUrl: optional(url('FLOW_QUOTA_ENFORCE_URL')),
  /** How long that evaluator may take; then the command is refused. */
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
