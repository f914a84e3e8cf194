import { createHash, randomUUID } from 'node:crypto';
import {
  problem,
  scheduleIdOf,
  webhookExecutionId,
  type CommandMeta,
  type Identity,
  type Problem,
  type StartFromTrigger,
} from '@flowplane/contracts';
import { header, type SignedCall } from '@flowplane/runtime/api';
import { MAX_INPUT_BYTES } from '../trigger-input.js';
import type { Verified } from './verify-delivery.js';

/** Longest delivery id that is kept as it is. */
const MAX_ID_LENGTH = 200;

/** Delivery id of the sender (flows-api 10.1), the SHA-256 of one that is too long to be kept, a UUID where there is none. */
export function deliveryIdOf(call: Pick<SignedCall, 'headers'>): string {
  const given = header(call, 'x-platform-webhook-id') ?? '';
  if (given === '') return randomUUID();
  return given.length > MAX_ID_LENGTH ? createHash('sha256').update(given).digest('hex') : given;
}

export type Delivery = {
  readonly call: SignedCall;
  readonly verified: Verified;
  readonly deliveryId: string;
  readonly dedupeKey: string | null;
  /** JSON text of an object. */
  readonly input: string;
  /** Of the external evaluator. */
  readonly quotaVerdict: Problem | null;
  /** FLOWS_STRICT_INPUTS */
  readonly strictInputs: boolean;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
};

/**
 * The command of a delivery. What a `dedupeKey` yields takes the delivery id's place in the run's id as in the
 * deduplication, since both must tell the same deliveries apart.
 */
export function deliveryCommand(delivery: Delivery): StartFromTrigger {
  const { call, verified, deliveryId, dedupeKey, input } = delivery;
  const { tenantId, workspaceId, flowId, triggerId } = verified.trigger;
  const isTooLarge = Buffer.byteLength(input) > MAX_INPUT_BYTES;
  const scheduleId = scheduleIdOf(tenantId, workspaceId, flowId);
  return {
    type: 'StartFromTrigger',
    meta: deliveryMeta(delivery, call.identity),
    data: {
      ...{ flowId, triggerType: 'webhook', secretId: verified.secretId },
      executionId: webhookExecutionId(scheduleId, triggerId, dedupeKey ?? deliveryId),
      input: isTooLarge ? '{}' : input,
      trigger: {
        ...{ triggerId, deliveryId, dedupeKey, record: null, scheduledAt: null, depth: null, redelivery: 0 },
        sizeBytes: call.body.length,
      },
      verdict: isTooLarge ? problem('PAYLOAD_TOO_LARGE') : delivery.quotaVerdict,
      strictInputs: delivery.strictInputs && !isTooLarge,
    },
  };
}

function deliveryMeta({ call, verified, receivedAt }: Delivery, identity: Identity | undefined): CommandMeta {
  const { tenantId, workspaceId, triggerId } = verified.trigger;
  return {
    commandId: randomUUID(),
    ...{ tenantId, workspaceId },
    actorId: identity?.hasSubject === true ? identity.actorId : `webhook:${triggerId}`,
    actorRoles: [...(identity?.roles ?? [])],
    correlationId: call.correlationId,
    traceparent: call.traceparent,
    submittedAt: receivedAt,
    attempt: 1,
    // The delivery id is what deduplicates; an Idempotency-Key is ignored here (flows-api 10.3).
    idempotency: null,
  };
}
