import { durationMs, flag, integer, json, type ConfigOf } from '@flowplane/infra/config';
import { DEFAULT_QUOTAS, makeLimits, parseOverrides, type Limits } from '../domain/index.js';

const limit = (env: string, fallback: number) => integer(env, fallback, { min: -1, max: 1_000_000_000 });

/** Quotas (flows-api 12) and the memory of Idempotency-Keys (flows-api 3.5). */
export const QUOTA_ENTRIES = {
  quotasEnabled: flag('FLOWS_QUOTAS', true),
  quotaMaxFlows: limit('FLOWS_QUOTA_MAX_FLOWS', DEFAULT_QUOTAS.max_flows),
  quotaMaxFlowVersions: limit('FLOWS_QUOTA_MAX_FLOW_VERSIONS', DEFAULT_QUOTAS.max_flow_versions),
  quotaMaxConcurrentExecutions: limit(
    'FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS',
    DEFAULT_QUOTAS.max_concurrent_executions,
  ),
  quotaFlowStartsPerMinute: limit('FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE', DEFAULT_QUOTAS.flow_starts_per_minute),
  quotaFlowSignalRatePerMinute: limit(
    'FLOWS_QUOTA_FLOW_SIGNAL_RATE_PER_MINUTE',
    DEFAULT_QUOTAS.flow_signal_rate_per_minute,
  ),
  quotaOverrides: json('FLOWS_QUOTA_OVERRIDES', parseOverrides, {}),
  idempotencyTtlMs: durationMs('FLOWS_IDEMPOTENCY_TTL', 24 * 60 * 60 * 1000),
  /** Live Idempotency-Keys a tenant may have; beyond it commands with a new key are refused. */
  /** How long what a trigger has started is remembered, and how many such fires a tenant may have. */
  dedupeRetentionMs: durationMs('FLOWS_WEBHOOK_DEDUPE_RETENTION', 7 * 24 * 60 * 60 * 1000),
  maxFired: integer('FLOWS_TRIGGER_MAX_FIRED', 500_000, { min: 1 }),
  maxIdempotencyKeys: integer('FLOWS_IDEMPOTENCY_MAX_KEYS', 100_000, { min: 1 }),
};

/** Limits by tenant as configured. */
export function limitsFrom(config: ConfigOf<typeof QUOTA_ENTRIES>): (tenantId: string) => Limits {
  return makeLimits({
    enabled: config.quotasEnabled,
    defaults: {
      max_flows: config.quotaMaxFlows,
      max_flow_versions: config.quotaMaxFlowVersions,
      max_concurrent_executions: config.quotaMaxConcurrentExecutions,
      flow_starts_per_minute: config.quotaFlowStartsPerMinute,
      flow_signal_rate_per_minute: config.quotaFlowSignalRatePerMinute,
    },
    overrides: config.quotaOverrides,
  });
}
