import type { CommandType } from '@flowplane/contracts';

/**
 * Name of a command as clients see it (flows-api 3.3, 13.2); null for what the executor records about itself, which
 * nobody outside submits.
 */
export const COMMAND_TYPE_NAMES: Readonly<Record<CommandType, string | null>> = {
  CreateFlow: 'flow.create',
  UpdateFlow: 'flow.update',
  DeleteFlow: 'flow.delete',
  PublishFlow: 'flow.publish',
  ArchiveFlowVersion: 'version.archive',
  StartExecution: 'execution.start',
  CancelExecution: 'execution.cancel',
  RetryExecution: 'execution.retry',
  SignalExecution: 'execution.signal',
  RecordExecutionStarted: null,
  RecordExecutionClosed: null,
  StartFromTrigger: 'execution.start',
  RedeliverWebhook: 'webhook.redeliver',
  SettleTriggerRecord: null,
  RotateWebhookSecret: 'webhook.rotate',
  RewrapWebhookSecrets: 'webhook.rewrap',
  PauseSchedule: 'schedule.pause',
  ResumeSchedule: 'schedule.resume',
  TriggerSchedule: 'schedule.trigger',
  SetTenantQuotas: 'tenant.quotas',
  CreateTemplate: 'template.create',
  UpdateTemplate: 'template.update',
  DeleteTemplate: 'template.delete',
  ProvisionTemplate: 'template.provision',
  DeprovisionTemplate: 'template.deprovision',
  RecordProvisioningNodeStarted: null,
  RecordResourceCreated: null,
  RecordResourceRemoved: null,
  RecordProvisioningFinished: null,
  RecordDeprovisioningFinished: null,
  RecordDenial: null,
  FenceTenant: null,
  RecordTenantDrained: null,
  RecordTenantPurged: null,
  RecordPurgeFailed: null,
  ChangeTenantKey: 'tenant.key',
};
