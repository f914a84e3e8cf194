import type { Command, TenantDrain } from '@flowplane/contracts';
import { metaOf } from './decider-specification.js';
import { runId } from './story.js';

export const fence = (commandId: string): Command => ({ type: 'FenceTenant', meta: metaOf({ commandId }), data: {} });

export const drained = (fenceId: string, drain: Partial<TenantDrain> = {}): Command => ({
  type: 'RecordTenantDrained',
  meta: metaOf(),
  data: { fenceId, executions: 0, schedules: 0, histories: 0, failures: [], ...drain },
});

export const purged = (fenceId: string): Command => ({
  type: 'RecordTenantPurged',
  meta: metaOf(),
  data: { fenceId, destroyedResources: '{}' },
});

export const purgeFailed = (failedDomain: string): Command => ({
  type: 'RecordPurgeFailed',
  meta: metaOf(),
  data: { failedDomain, message: 'failed' },
});

/** A new data key for the tenant's secrets. */
export const changeKey = (dataKeyId: string): Command => ({
  type: 'ChangeTenantKey',
  meta: metaOf(),
  data: { masterKeyId: 'm', dataKeyId },
});

/** A cron fire. */
export const fired = (uuid = 'c1'): Command => ({
  type: 'StartFromTrigger',
  meta: metaOf(),
  data: {
    flowId: 'f1',
    executionId: runId(uuid),
    triggerType: 'cron',
    input: '{}',
    trigger: {
      triggerId: 'daily',
      deliveryId: null,
      dedupeKey: null,
      record: null,
      scheduledAt: 0,
      depth: null,
      sizeBytes: 2,
      redelivery: 0,
    },
    secretId: null,
    verdict: null,
    strictInputs: false,
  },
});
