import { createHash } from 'node:crypto';
import type { RecordOrigin } from '../log/messages/index.js';

const DELIVERY_ID = /^[A-Za-z0-9._-]{1,200}$/;

/**
 * Id of the run of a webhook delivery (flows-api 6.2). A delivery id that an id cannot hold is replaced by its
 * SHA-256 in hex (flows-api 10.1).
 *
 * @param scheduleId `<tenant>:<workspace>:<flow>`
 */
export function webhookExecutionId(scheduleId: string, triggerId: string, deliveryId: string): string {
  const id = DELIVERY_ID.test(deliveryId) ? deliveryId : sha256(deliveryId);
  return `${scheduleId}:wh-${triggerId.replaceAll(':', '_')}-${id}`;
}

/**
 * Id of the run of a webhook delivery whose own id another run has: `b-1` at the path `a` spells what `1` does at `a-b`,
 * the path `a:b` what `a_b` does, and a delivery id may come again once it is forgotten.
 *
 * @param commandId of the command that starts it, which no other run has
 */
export const webhookExecutionIdApart = (scheduleId: string, triggerId: string, commandId: string): string =>
  webhookExecutionId(scheduleId, triggerId, sha256(commandId));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Id of the run of one record of a platform-event topic. */
export function platformEventExecutionId(
  scheduleId: string,
  triggerId: string,
  { topic, partition, offset }: Omit<RecordOrigin, 'topicId'>,
): string {
  return `${scheduleId}:pe:${triggerId}:${topic}:${partition}:${offset}`;
}

/** Workflow id that a schedule is given; the engine adds `-<time it was due>`, which makes it a run's id. */
export const scheduledWorkflowId = (scheduleId: string): string => `${scheduleId}-workflow`;
