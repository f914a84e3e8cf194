import type { TriggerType, Problem, EncryptedSecret, TriggerOrigin, TenantQuota, Cmd } from './message-parts.js';

/**
 * A trigger fired (flows-api 10, 11; cron: flow-language 12). The version to run is decided: the latest published one,
 * provided that it has the trigger. `trigger.redelivery` is 0.
 */
export type StartFromTrigger = Cmd<
  'StartFromTrigger',
  {
    readonly flowId: string;
    readonly executionId: string;
    readonly triggerType: Exclude<TriggerType, 'manual'>;
    readonly input: string;
    readonly trigger: TriggerOrigin;
    /** Webhook: the secret that verified the signature; null without check. */
    readonly secretId: string | null;
    readonly verdict: Problem | null;
    /** FLOWS_STRICT_INPUTS: the input must fit what the version that is decided on declares. */
    readonly strictInputs: boolean;
  }
>;
/** Starts a new run from the kept body of an accepted webhook delivery; its id is decided from how many came before. */
export type RedeliverWebhook = Cmd<
  'RedeliverWebhook',
  {
    readonly flowId: string;
    readonly triggerId: string;
    readonly deliveryId: string;
    /** Of the first delivery. */
    readonly executionId: string;
    readonly input: string;
    readonly sizeBytes: number;
    readonly verdict: Problem | null;
    /** As of `StartFromTrigger`. */
    readonly strictInputs: boolean;
  }
>;
/** A record that cannot start its run was put to the dead letters: it is settled, and never comes again. */
export type SettleTriggerRecord = Cmd<
  'SettleTriggerRecord',
  {
    readonly flowId: string;
    readonly executionId: string;
    readonly trigger: TriggerOrigin;
    readonly problem: Problem;
  }
>;
export type RotateWebhookSecret = Cmd<
  'RotateWebhookSecret',
  {
    readonly flowId: string;
    readonly triggerId: string;
    readonly secret: EncryptedSecret;
    /** FLOWS_WEBHOOK_ROTATION_GRACE */
    readonly graceMs: number;
    readonly verdict: Problem | null;
  }
>;
/** Secrets of one workspace, encrypted with another key. */
export type RewrapWebhookSecrets = Cmd<'RewrapWebhookSecrets', { readonly secrets: readonly RewrappedSecret[] }>;
export type RewrappedSecret = {
  readonly flowId: string;
  readonly triggerId: string;
  readonly secret: EncryptedSecret;
};
export type PauseSchedule = Cmd<'PauseSchedule', { readonly flowId: string }>;
export type ResumeSchedule = Cmd<'ResumeSchedule', { readonly flowId: string }>;
/** One run of the flow's schedule at once, under its overlap policy (flows-api 8). */
export type TriggerSchedule = Cmd<'TriggerSchedule', { readonly flowId: string }>;
/** Replaces the quotas of a tenant that differ from the defaults. Commands about a tenant have an empty workspaceId. */
export type SetTenantQuotas = Cmd<'SetTenantQuotas', { readonly quotas: readonly TenantQuota[] }>;
/**
 * A command that was refused before it came to the log, for the audit (flows-api 13.2). The workspace is empty where
 * the caller has none there that it may be told of.
 */
export type RecordDenial = Cmd<
  'RecordDenial',
  {
    /** Name of the command as clients see it, e.g. `execution.signal`. */
    readonly deniedCommand: string;
    readonly problem: Problem;
    readonly flowId: string | null;
    readonly executionId: string | null;
    /** Refusals it stands for; of more than one it tells the first. */
    readonly count: number;
  }
>;
/** First step of a teardown (flows-api 14): from here on every command of the tenant is refused. */
export type FenceTenant = Cmd<'FenceTenant', Record<never, never>>;
/** The executor has ended the fenced tenant's runs and schedules and has removed what the engine kept of them. */
export type RecordTenantDrained = Cmd<'RecordTenantDrained', TenantDrain>;
export type TenantDrain = {
  /** The `FenceTenant` that it follows. */
  readonly fenceId: string;
  /** Open runs that were terminated. */
  readonly executions: number;
  readonly schedules: number;
  /** Runs that the engine kept a history of. */
  readonly histories: number;
  /** What could not be done, a sentence each. */
  readonly failures: readonly string[];
};
/** Last step of a teardown. `destroyedResources`: JSON object of counts. */
export type RecordTenantPurged = Cmd<'RecordTenantPurged', TenantPurge>;
export type TenantPurge = { readonly fenceId: string; readonly destroyedResources: string };
export type RecordPurgeFailed = Cmd<'RecordPurgeFailed', { readonly failedDomain: string; readonly message: string }>;
