import {
  platformEventExecutionId,
  scheduleIdOf,
  uuidV5,
  type Problem,
  type RecordOrigin,
  type SettleTriggerRecord,
  type StartFromTrigger,
  type TriggerOrigin,
} from '@flowplane/contracts';
import type { EventRegistration } from '@flowplane/runtime/read-model';
import type { ListenedTopic } from './event-registration.js';
import type { PlatformEvent } from './platform-record.js';

/** A record on its way to a trigger's run: what its commands have in common. */
export type TriggerRecord = {
  readonly registration: EventRegistration;
  readonly topic: ListenedTopic;
  readonly partition: number;
  readonly offset: number;
  readonly sizeBytes: number;
};

export type StartOptions = {
  /** 1 for the first; each attempt is a command of its own, as a refused one is decided. */
  readonly attempt: number;
  readonly dedupeKey: string | null;
  readonly verdict: Problem | null;
  /** FLOWS_STRICT_INPUTS */
  readonly strictInputs: boolean;
  readonly now: number;
};

/**
 * The command that starts a record's run. Its id is the same whichever process sends it, so that what one process has sent is
 * known to the next.
 */
export function startCommand(
  record: TriggerRecord,
  event: PlatformEvent,
  { attempt, dedupeKey, verdict, strictInputs, now }: StartOptions,
): StartFromTrigger {
  const trigger = { ...originOf(record), dedupeKey, depth: event.depth };
  return {
    type: 'StartFromTrigger',
    meta: metaOf(record, `start/${attempt}`, now, event),
    data: {
      flowId: record.registration.flowId,
      executionId: executionIdOf(record),
      triggerType: 'platform_event',
      input: event.input,
      trigger,
      secretId: null,
      verdict,
      strictInputs,
    },
  };
}

/** The command that says that the record is in the dead letters. */
export function settleCommand(record: TriggerRecord, problem: Problem, now: number): SettleTriggerRecord {
  return {
    type: 'SettleTriggerRecord',
    meta: metaOf(record, 'settle', now),
    data: {
      flowId: record.registration.flowId,
      executionId: executionIdOf(record),
      trigger: originOf(record),
      problem,
    },
  };
}

function originOf({ registration, topic, partition, offset, sizeBytes }: TriggerRecord): TriggerOrigin {
  const record: RecordOrigin = { topic: registration.topic, topicId: topic.topicId, partition, offset };
  const none = { deliveryId: null, dedupeKey: null, scheduledAt: null, depth: null };
  return { ...none, triggerId: registration.triggerId, record, sizeBytes, redelivery: 0 };
}

/** In a topic that was recreated offsets repeat: its name in the id is followed by `~` and its incarnation. */
function executionIdOf({ registration, topic, partition, offset }: TriggerRecord): string {
  const { tenantId, workspaceId, flowId, triggerId } = registration;
  const name = topic.incarnation === 1 ? registration.topic : `${registration.topic}~${topic.incarnation}`;
  return platformEventExecutionId(scheduleIdOf(tenantId, workspaceId, flowId), triggerId, {
    ...{ topic: name, partition, offset },
  });
}

function metaOf(
  { registration, topic, partition, offset }: TriggerRecord,
  purpose: string,
  now: number,
  event?: PlatformEvent,
) {
  const { tenantId, workspaceId, triggerId } = registration;
  const place = `${tenantId}/${workspaceId}/${triggerId}/${topic.topicId}/${partition}/${offset}`;
  return {
    commandId: uuidV5(`${place}/${purpose}`),
    tenantId,
    workspaceId,
    actorId: 'apikey:service',
    actorRoles: [],
    correlationId: event?.correlationId ?? uuidV5(place),
    traceparent: event?.traceparent ?? null,
    submittedAt: now,
    attempt: 1,
    idempotency: null,
  };
}
