import type { TriggerType, Problem, EncryptedSecret, TriggerOrigin, TenantQuota, Evt } from './message-parts.js';
import type { RewrappedSecret, TenantDrain, TenantPurge } from './trigger-commands.js';

/**
 * A trigger fired and no run starts: a quota, a trigger that is gone. A refused platform event is deferred: it comes
 * again, or is settled. `problem` is the caller's answer.
 */
export type TriggerStartRefused = Evt<
  'TriggerStartRefused',
  {
    readonly flowId: string;
    readonly executionId: string;
    readonly triggerType: Exclude<TriggerType, 'manual'>;
    readonly trigger: TriggerOrigin;
    readonly problem: Problem;
  }
>;
/** A platform event that started nothing and stands in the dead letters. */
export type TriggerRecordSettled = Evt<
  'TriggerRecordSettled',
  {
    readonly flowId: string;
    readonly executionId: string;
    readonly trigger: TriggerOrigin;
    readonly problem: Problem;
  }
>;
export type WebhookSecretRotated = Evt<
  'WebhookSecretRotated',
  {
    readonly flowId: string;
    readonly triggerId: string;
    readonly secret: EncryptedSecret;
    /** Null: the previous secret is not valid any more. */
    readonly previousValidUntil: number | null;
  }
>;
export type WebhookSecretsRewrapped = Evt<'WebhookSecretsRewrapped', { readonly secrets: readonly RewrappedSecret[] }>;
export type SchedulePaused = Evt<'SchedulePaused', { readonly flowId: string }>;
export type ScheduleResumed = Evt<'ScheduleResumed', { readonly flowId: string }>;
export type ScheduleTriggered = Evt<'ScheduleTriggered', { readonly flowId: string }>;
/** `quotas` are the tenant's own, `inForce` all five, with what was configured where it has none of its own. */
export type TenantQuotasSet = Evt<
  'TenantQuotasSet',
  { readonly quotas: readonly TenantQuota[]; readonly inForce: readonly TenantQuota[] }
>;
export type CommandDenied = Evt<
  'CommandDenied',
  {
    readonly deniedCommand: string;
    readonly problem: Problem;
    readonly flowId: string | null;
    readonly executionId: string | null;
    readonly count: number;
  }
>;
/** `openRuns`: runs that were not over when the tenant was first fenced. */
export type TenantFenced = Evt<'TenantFenced', { readonly openRuns: number }>;
export type TenantDrained = Evt<'TenantDrained', TenantDrain>;
/** Everything of the tenant before this is gone, and the fence with it. `destroyedResources`: JSON object of counts. */
export type TenantPurged = Evt<'TenantPurged', TenantPurge>;
export type PurgeFailed = Evt<'PurgeFailed', { readonly failedDomain: string; readonly message: string }>;
