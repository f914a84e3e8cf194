import { platformEventTriggerId, registration, triggerTopic, type TriggerRegistration } from '@flowplane/contracts';
import type { TopicSpec } from '@flowplane/contracts';
import type { Trigger } from '@flowplane/contracts/flow';
import { refusal } from '@flowplane/plumbing/http';
import { type Call } from '@flowplane/runtime/api';
import { endOffsets, ensureTopic, KafkaFault, topicId, type KafkaClient } from '@flowplane/plumbing/kafka';
import { expressionsOf } from './trigger-expressions.js';

/** A topic as it is before the publish that names it is answered; `endOffsets` by partition. */
export type TopicEnds = { readonly topicId: string; readonly endOffsets: readonly number[] };

/** Creates the topic when it is missing. @throws KafkaFault */
export type ReadTopicEnds = (spec: TopicSpec) => Promise<TopicEnds>;

const MADE_ANEW = new KafkaFault('UNKNOWN_TOPIC_ID', true, 'the topic was made anew while it was looked at');

export function makeReadTopicEnds(kafka: KafkaClient, replicationFactor: number): ReadTopicEnds {
  return async (spec) => {
    const count = await ensureTopic(kafka, spec, { partitions: 1, replicationFactor });
    const id = await topicId(kafka, spec.name);
    const partitions = Array.from({ length: count }, (_, partition) => partition);
    const ends = await endOffsets(kafka, spec.name, partitions);
    if ((await topicId(kafka, spec.name)) !== id) throw MADE_ANEW;
    return { topicId: id, endOffsets: partitions.map((partition) => ends.get(partition) ?? 0) };
  };
}

/**
 * A platform-event trigger of a version. A broker that refuses the topic for good leaves it unregistered, which the
 * answer to the publish says.
 *
 * @throws Refusal 503 LOG_UNAVAILABLE while the brokers cannot be asked: nothing is appended
 */
export async function platformEventRegistration(
  readEnds: ReadTopicEnds,
  { tenantId, workspaceId }: Call,
  flowId: string,
  trigger: Trigger,
): Promise<TriggerRegistration> {
  const eventType = trigger.eventType ?? '';
  const spec = triggerTopic(tenantId, workspaceId, eventType);
  const of = (ends: TopicEnds | undefined): TriggerRegistration =>
    registration(platformEventTriggerId(flowId, eventType), {
      ...{ kind: 'platform-event', eventType, topic: spec.name, topicId: ends?.topicId ?? '' },
      ...{ startOffsets: ends?.endOffsets ?? [], ...expressionsOf(trigger) },
      ...(ends === undefined ? { failed: true } : {}),
    });
  try {
    return of(await readEnds(spec));
  } catch (cause) {
    if (!(cause instanceof KafkaFault)) throw cause;
    if (cause.retryable) throw refusal('LOG_UNAVAILABLE', { retryAfterSeconds: 1 });
    return of(undefined);
  }
}
