import { type DataOf, Int, Json, list, Long, optional, record, type StaticOf, Text } from './avro.js';

/** Commands about a tenant have an empty workspaceId. */

const QUOTA = {
  dimension: Text,
  /** -1 is unlimited. */
  limit: Long,
  /** Usage is denied when it reaches `limit` + `grace`. */
  grace: Long,
};
/** A quota of a tenant (flows-api 12). */
export type TenantQuota = StaticOf<typeof TenantQuota>;
const TenantQuota = record('TenantQuota', QUOTA);

export type TenantDrain = DataOf<typeof DRAIN>;
const DRAIN = {
  /** The `FenceTenant` that it follows. */
  fenceId: Text,
  /** Open runs that were terminated. */
  executions: Int,
  schedules: Int,
  /** Runs that the engine kept a history of. */
  histories: Int,
  /** What could not be done, a sentence each. */
  failures: list(Text),
};

const PURGE = {
  fenceId: Text,
  /** An object of counts. */
  destroyedResources: Json,
};

/** Keys that the tenant's secrets are encrypted with; they are in the state database, and here are their ids only. */
const KEY_CHANGE = {
  /** The master key that all data keys of the tenant are wrapped with from here on. */
  masterKeyId: Text,
  /** The new data key that all its secrets are encrypted with from here on; null: it keeps the one it has. */
  dataKeyId: optional(Text),
};

/** Language models that tasks of a workspace may use, as an operator has set it (tasks 3.6); null: no restriction. */
const LLM_MODELS = { workspaceId: Text, models: optional(list(Text)) };

export const TENANT_COMMANDS = {
  /** Replaces the quotas of a tenant that differ from the defaults. */
  SetTenantQuotas: { quotas: list(TenantQuota) },
  SetLlmModels: LLM_MODELS,
  /** First step of a teardown (flows-api 14): from here on every command of the tenant is refused. */
  FenceTenant: {},
  /** The executor has ended the fenced tenant's runs and schedules and has removed what the engine kept of them. */
  RecordTenantDrained: DRAIN,
  /** Last step of a teardown. */
  RecordTenantPurged: PURGE,
  RecordPurgeFailed: { failedDomain: Text, message: Text },
  /** Comes before the change itself, which may be done again. */
  ChangeTenantKey: KEY_CHANGE,
};

export const TENANT_EVENTS = {
  LlmModelsSet: LLM_MODELS,
  TenantQuotasSet: {
    /** The tenant's own. */
    quotas: list(TenantQuota),
    /** All five, with what was configured where the tenant has none of its own. */
    inForce: list(record('QuotaInForce', QUOTA)),
  },
  TenantFenced: {
    /** Runs that were not over when the tenant was first fenced. */
    openRuns: Int,
  },
  TenantDrained: DRAIN,
  /** Everything of the tenant before this is gone, and the fence with it. */
  TenantPurged: PURGE,
  PurgeFailed: { failedDomain: Text, message: Text },
  TenantKeyChanged: KEY_CHANGE,
};
