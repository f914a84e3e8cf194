import { scheduleIdOf, uuidV5, type StartFromTrigger } from '@flowplane/contracts';
import type { FireRequest } from '../../shared/run-input.js';
import { fireCorrelationId } from '../../shared/scheduled-runs.js';

/** The input of a scheduled run (flows-api 8); declared defaults are added when it runs. */
const INPUT = '{}';

export type FireOptions = {
  readonly nowMs: number;
  readonly traceparent: string | null;
  /** FLOWS_STRICT_INPUTS */
  readonly strictInputs: boolean;
};

/** The command that a fire is. Its id is the fire's, so that asking again asks the same. */
export function fireCommand(fire: FireRequest, { nowMs, traceparent, strictInputs }: FireOptions): StartFromTrigger {
  const { tenantId, workspaceId, flowId, executionId, fireId, scheduledAt } = fire;
  const meta = {
    commandId: uuidV5(`fire/${executionId}/${fireId}`),
    tenantId,
    workspaceId,
    actorId: 'apikey:service',
    actorRoles: [],
    correlationId: fireCorrelationId(executionId),
    traceparent,
    submittedAt: nowMs,
    attempt: 1,
    idempotency: null,
  };
  const trigger = {
    triggerId: scheduleIdOf(tenantId, workspaceId, flowId),
    deliveryId: null,
    dedupeKey: null,
    record: null,
    scheduledAt,
    depth: null,
    sizeBytes: Buffer.byteLength(INPUT),
    redelivery: 0,
  };
  const data = {
    flowId,
    executionId,
    triggerType: 'cron',
    input: INPUT,
    trigger,
    secretId: null,
    verdict: null,
    strictInputs,
  } as const;
  return { type: 'StartFromTrigger', meta, data };
}
