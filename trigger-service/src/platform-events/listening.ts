import { partitionOf } from '@flowplane/contracts';
import type { TopicLayout } from '@flowplane/plumbing/kafka';
import type { EventRegistration } from '@flowplane/runtime/read-model';
import { listeningKey, type ListenedTopic } from './event-registration.js';

/** What this process should listen to for one trigger. */
export type Wanted = {
  readonly registration: EventRegistration;
  readonly topic: ListenedTopic;
  readonly partitions: readonly number[];
};

/** Topics as they are now; those that do not exist are absent. */
export type KnownTopics = ReadonlyMap<string, TopicLayout & ListenedTopic>;

/**
 * Every partition of every topic belongs to one of a fixed number of slots, and the slots are what the consumer group
 * divides: topics come and go without a rebalance.
 */
export const slotOf = (topic: string, partition: number, slots: number): number =>
  partitionOf(`${topic}/${partition}`, slots);

/** By `listeningKey`; triggers whose topic does not exist are absent. */
export function wantedListening(
  registrations: readonly EventRegistration[],
  topics: KnownTopics,
  owned: ReadonlySet<number>,
  slots: number,
): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const registration of registrations) {
    const topic = topics.get(registration.topic);
    if (topic === undefined) continue;
    const all = Array.from({ length: topic.partitions }, (_, partition) => partition);
    const partitions = all.filter((partition) => owned.has(slotOf(registration.topic, partition, slots)));
    if (partitions.length === 0) continue;
    wanted.set(listeningKey(registration, topic.topicId), { registration, topic, partitions });
  }
  return wanted;
}
